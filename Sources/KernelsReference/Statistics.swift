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
    init(_ x: UnsafePointer<Float>, positionStride: Int, positions: Range<Int>, channels: Range<Int>) {
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

/// partials[b, chunk, part] = (mean, M2) over the channels of the part and the chunk's positions.
/// Source: nn.GroupNorm, of which diffusers 0.26.3 uses the biased variance over a whole group.
func statistics(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments!.load(as: statistics_arguments.self)
    let (batchChunk, channelTile) = tile.quotientAndRemainder(dividingBy: a.channel_tiles)
    let (b, chunk) = batchChunk.quotientAndRemainder(dividingBy: a.chunks)
    let parts = normParts(channels: a.channels, groups: a.groups, partChannels: a.tile_channels)
    let channels = tileRange(channelTile, of: a.tile_channels, in: a.channels)
    for (index, part) in parts.enumerated() where channels.contains(part.lowerBound) {
        let moments = Moments(
            a.x + b * a.batch_stride, positionStride: a.position_stride,
            positions: tileRange(chunk, of: a.chunk_positions, in: a.length), channels: part)
        let partial = batchChunk * parts.count + index
        a.partials[partial * 2] = moments.mean
        a.partials[partial * 2 + 1] = moments.squares
    }
}

/// The channels of each part of a chunk: a group, or where there is one group, `partChannels` channels.
func normParts(channels: Int, groups: Int, partChannels: Int) -> [Range<Int>] {
    let size = groups == 1 ? partChannels : channels / groups
    return (0..<(channels + size - 1) / size).map { tileRange($0, of: size, in: channels) }
}

/// merged[b, g] = (mean, M2) of the chunks and parts of one batch element.
func merge(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments!.load(as: merge_arguments.self)
    let parts = normParts(channels: a.channels, groups: a.groups, partChannels: a.part_channels)
    for g in 0..<a.groups {
        let moments = mergedMoments(
            a.partials + tile * a.chunks * parts.count * 2, parts, group: g, of: a.groups, length: a.length,
            chunkPositions: a.chunk_positions, chunks: a.chunks)
        a.merged[(tile * a.groups + g) * 2] = moments.mean
        a.merged[(tile * a.groups + g) * 2 + 1] = moments.squares
    }
}

/// The moments of a group of one batch element, its chunks and their parts merged in order.
func mergedMoments(
    _ partials: UnsafePointer<Double>, _ parts: [Range<Int>], group: Int, of groups: Int, length: Int,
    chunkPositions: Int, chunks: Int
) -> Moments {
    var moments = Moments(count: 0, mean: 0, squares: 0)
    for chunk in 0..<chunks {
        let positions = tileRange(chunk, of: chunkPositions, in: length)
        for (index, part) in parts.enumerated() where groups == 1 || index == group {
            let partial = partials + (chunk * parts.count + index) * 2
            moments.merge(
                Moments(
                    count: Double(positions.count) * Double(part.count), mean: partial[0], squares: partial[1]))
        }
    }
    return moments
}
