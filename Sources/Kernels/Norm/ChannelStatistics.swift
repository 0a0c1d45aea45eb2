import CKernels

/// Mean and M2 = Σ (x − mean)² of every channel over a chunk of positions, in Double.
///
/// Positions are taken in runs of `longestRun`, which stay in the first level of the cache: one pass for a run's mean, one for the
/// squares about it, so that neither a large mean nor an outlier costs digits. Runs are merged by Chan's formula.
@inline(__always)
func channelMoments(
    _ x: UnsafePointer<Float>, positionStride: Int, positions: Int, channels: Int,
    means: UnsafeMutablePointer<Double>, m2s: UnsafeMutablePointer<Double>
) {
    let half = Lanes.scalarCount / 2
    var channel = 0
    while channel < channels {
        var low = LaneMoments()
        var high = LaneMoments()
        var position = 0
        while position < positions {
            let count = min(longestRun, positions - position)
            let p = x + (position * positionStride + channel)
            let mean = runMean(p, positionStride, count)
            let (sum, squares) = runSums(p, positionStride, count, about: mean)
            low.merge(count, position, widenedLow(mean), widenedLow(sum), widenedLow(squares))
            high.merge(count, position, widenedHigh(mean), widenedHigh(sum), widenedHigh(squares))
            position += count
        }
        storeDoubles(low.mean, means + channel)
        storeDoubles(high.mean, means + channel + half)
        storeDoubles(low.m2, m2s + channel)
        storeDoubles(high.m2, m2s + channel + half)
        channel += Lanes.scalarCount
    }
}

/// The mean of whole vectors of channels together, over a run of `positions`, roughly: at most `longestRun` vectors.
@inline(__always)
func runCenter(_ x: UnsafePointer<Float>, positionStride: Int, positions: Int, channels: Int) -> Float {
    var total = Lanes()
    var channel = 0
    while channel < channels {
        total += runTotal(x + channel, positionStride, positions)
        channel += Lanes.scalarCount
    }
    return horizontalSum(total) * (1 / Float(positions * channels))
}

/// The moments of the same, from the sums about `center`.
///
/// With `runCenter` two passes, as `channelMoments` takes, but about the mean of all, so that lanes are summed once and not a
/// channel at a time.
@inline(__always)
func runMoments(
    _ x: UnsafePointer<Float>, positionStride: Int, positions: Int, channels: Int, about center: Float
) -> Moments {
    let mean = Lanes(repeating: center)
    var sum = Lanes()
    var squares = Lanes()
    var channel = 0
    while channel < channels {
        let (columnSum, columnSquares) = runSums(x + channel, positionStride, positions, about: mean)
        sum += columnSum
        squares += columnSquares
        channel += Lanes.scalarCount
    }
    let n = Double(positions * channels)
    let rest = horizontalSum(widenedLow(sum) + widenedHigh(sum))
    let offset = rest * (1 / n)
    return Moments(
        count: n, mean: Double(center) + offset,
        m2: horizontalSum(widenedLow(squares) + widenedHigh(squares)) - rest * offset)
}

/// Vectors that are summed before their sums go to Double.
var longestRun: Int { @inline(__always) get { 256 } }

/// The mean of `count` rows of one vector, roughly: what is wrong with it is in the sums about it.
@inline(__always)
private func runMean(_ x: UnsafePointer<Float>, _ stride: Int, _ count: Int) -> Lanes {
    runTotal(x, stride, count) * Lanes(repeating: 1 / Float(count))
}

/// The sum of `count` rows of one vector.
@inline(__always)
private func runTotal(_ x: UnsafePointer<Float>, _ stride: Int, _ count: Int) -> Lanes {
    // Four chains hide the latency of the additions.
    var sums = Quad(repeating: Lanes())
    var p = x
    var row = 0
    while row + 3 < count {
        sums = sums + Quad(at: p, stride: stride)
        // The next channels' lines, on their way while these are summed.
        kernel_prefetch_near(p + Int(KERNEL_CHANNEL_BLOCK))
        kernel_prefetch_near(p + (stride + Int(KERNEL_CHANNEL_BLOCK)))
        kernel_prefetch_near(p + (2 * stride + Int(KERNEL_CHANNEL_BLOCK)))
        kernel_prefetch_near(p + (3 * stride + Int(KERNEL_CHANNEL_BLOCK)))
        p += 4 * stride
        row += 4
    }
    var sum = sums.total
    while row < count {
        sum += loadLanes(p)
        p += stride
        row += 1
    }
    return sum
}

/// Σ (x − mean) and Σ (x − mean)² of `count` rows of one vector.
@inline(__always)
private func runSums(
    _ x: UnsafePointer<Float>, _ stride: Int, _ count: Int, about mean: Lanes
) -> (sum: Lanes, squares: Lanes) {
    var sums = Quad(repeating: Lanes())
    var squares = Quad(repeating: Lanes())
    var p = x
    var row = 0
    while row + 3 < count {
        let d = Quad(at: p, stride: stride) - Quad(repeating: mean)
        sums = sums + d
        squares = multiplyAdd(squares, d, d)
        p += 4 * stride
        row += 4
    }
    var sum = sums.total
    var square = squares.total
    while row < count {
        let d = loadLanes(p) - mean
        sum += d
        square = multiplyAdd(square, d, d)
        p += stride
        row += 1
    }
    return (sum, square)
}

/// Mean and M2 of half a vector of channels.
private struct LaneMoments {
    var mean = DoubleLanes()
    var m2 = DoubleLanes()

    /// Takes in `count` rows after `before` others, from their sums about `center`.
    @inline(__always)
    mutating func merge(
        _ count: Int, _ before: Int, _ center: DoubleLanes, _ sum: DoubleLanes, _ squares: DoubleLanes
    ) {
        let n = Double(count)
        let offset = sum * DoubleLanes(repeating: 1 / n)
        let runMean = center + offset
        let runM2 = squares - sum * offset
        if before == 0 {
            mean = runMean
            m2 = runM2
            return
        }
        let total = Double(before) + n
        let delta = runMean - mean
        mean += delta * DoubleLanes(repeating: n / total)
        m2 += runM2 + delta * delta * DoubleLanes(repeating: Double(before) * n / total)
    }
}

/// Groups begin at any channel: no alignment.
@inline(__always)
private func loadDoubles(_ p: UnsafePointer<Double>) -> DoubleLanes {
    UnsafeRawPointer(p).loadUnaligned(as: DoubleLanes.self)
}

@inline(__always)
private func storeDoubles(_ v: DoubleLanes, _ p: UnsafeMutablePointer<Double>) {
    UnsafeMutableRawPointer(p).storeBytes(of: v, as: DoubleLanes.self)
}

/// A count of values with their mean and M2 = Σ (x − mean)².
struct Moments {
    var count: Double
    var mean: Double
    var m2: Double

    /// Chan, Golub and LeVeque: the moments of both sets together.
    @inline(__always)
    mutating func merge(_ other: Moments) {
        let total = count + other.count
        let delta = other.mean - mean
        mean += delta * other.count / total
        m2 += other.m2 + delta * delta * count * other.count / total
        count = total
    }
}

/// The moments of channels `channel ..< channel + width` together, each over `positions` positions.
@inline(__always)
func groupMoments(
    means: UnsafePointer<Double>, m2s: UnsafePointer<Double>, positions: Int, channel: Int, width: Int
) -> Moments {
    let n = Double(positions)
    let end = channel + width
    let vectors = channel + width / DoubleLanes.scalarCount * DoubleLanes.scalarCount
    var sums = DoubleLanes()
    var c = channel
    while c < vectors {
        sums += loadDoubles(means + c)
        c += DoubleLanes.scalarCount
    }
    var sum = horizontalSum(sums)
    while c < end {
        sum += means[c]
        c += 1
    }
    let mean = sum * (1 / Double(width))
    var squares = DoubleLanes()
    c = channel
    while c < vectors {
        let deviation = loadDoubles(means + c) - DoubleLanes(repeating: mean)
        squares += loadDoubles(m2s + c) + DoubleLanes(repeating: n) * deviation * deviation
        c += DoubleLanes.scalarCount
    }
    var m2 = horizontalSum(squares)
    while c < end {
        let deviation = means[c] - mean
        m2 += m2s[c] + n * deviation * deviation
        c += 1
    }
    return Moments(count: n * Double(width), mean: mean, m2: m2)
}
