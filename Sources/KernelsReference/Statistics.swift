import CKernels

/// The mean of `count` numbers, and the sum of the squares of their distances from it.
struct Moments {
    var count = 0.0
    var mean = 0.0
    var squares = 0.0

    /// Joins the moments of two disjoint sets.
    /// Source: Chan, Golub, LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances", 1979.
    mutating func merge(_ other: Moments) {
        let total = count + other.count
        let distance = other.mean - mean
        mean += distance * (other.count / total)
        squares += other.squares + distance * distance * (count * other.count / total)
        count = total
    }

    /// Two passes over `channels` channels of some positions.
    init(_ x: UnsafePointer<Float>, positionStride: Int64, positions: Range<Int64>, channels: Range<Int64>) {
        var sum = 0.0
        for l in positions {
            for c in channels { sum += Double(x[l * positionStride + c]) }
        }
        count = Double(positions.count * channels.count)
        mean = sum / count
        for l in positions {
            for c in channels {
                let distance = Double(x[l * positionStride + c]) - mean
                squares += distance * distance
            }
        }
    }

    init(count: Double, mean: Double, squares: Double) {
        self.count = count
        self.mean = mean
        self.squares = squares
    }
}

/// partials[b, chunk, g] = (mean, M2) over the channels of group g and the chunk's positions.
/// Source: nn.GroupNorm, of which diffusers 0.26.3 uses the biased variance over a whole group.
func statistics(_ arguments: UnsafeRawPointer?, _ tile: Int64, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments!.load(as: statistics_arguments.self)
    let (b, chunk) = tile.quotientAndRemainder(dividingBy: a.chunks)
    let size = a.channels / a.groups
    for g in 0..<a.groups {
        let moments = Moments(
            a.x + b * a.batch_stride, positionStride: a.position_stride,
            positions: tileRange(chunk, of: a.chunk_positions, in: a.length), channels: g * size..<(g + 1) * size)
        a.partials[(tile * a.groups + g) * 2] = moments.mean
        a.partials[(tile * a.groups + g) * 2 + 1] = moments.squares
    }
}
