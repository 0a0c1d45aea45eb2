import CKernels

/// `statistics_arguments`: mean and M2 of every part of the tile's channels over one chunk of positions of one batch element.
func statistics(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments.unsafelyUnwrapped.assumingMemoryBound(to: statistics_arguments.self)
    let chunks = a.pointee.chunks
    let channelTiles = a.pointee.channel_tiles
    let batchChunk = tile / channelTiles
    let channelTile = tile - batchChunk * channelTiles
    let batch = batchChunk / chunks
    let firstPosition = (batchChunk - batch * chunks) * a.pointee.chunk_positions
    let positions = min(a.pointee.chunk_positions, a.pointee.length - firstPosition)
    let firstChannel = channelTile * a.pointee.tile_channels
    let channels = min(a.pointee.tile_channels, a.pointee.channels - firstChannel)
    let groups = a.pointee.groups
    let padded = paddedChannels(channels)
    let x =
        a.pointee.x
        + (batch * a.pointee.batch_stride + firstPosition * a.pointee.position_stride + firstChannel)
    let means = scratch.unsafelyUnwrapped.assumingMemoryBound(to: Double.self)
    let m2s = means + padded
    channelMoments(
        x, positionStride: a.pointee.position_stride, positions: positions, channels: padded, means: means,
        m2s: m2s)

    let width = groups == 1 ? channels : a.pointee.channels / groups
    let parts = groups == 1 ? channelTiles : groups
    let firstPart = groups == 1 ? channelTile : firstChannel / width
    var partial = a.pointee.partials + (batchChunk * parts + firstPart) * 2
    var channel = 0
    while channel < channels {
        let moments = groupMoments(means: means, m2s: m2s, positions: positions, channel: channel, width: width)
        partial[0] = moments.mean
        partial[1] = moments.m2
        partial += 2
        channel += width
    }
}

/// `merge_arguments`: the moments of every group of one batch element.
func merge(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments.unsafelyUnwrapped.assumingMemoryBound(to: merge_arguments.self)
    let partition = NormPartition(
        length: a.pointee.length, channels: a.pointee.channels, groups: a.pointee.groups,
        chunkPositions: a.pointee.chunk_positions, chunks: a.pointee.chunks,
        partChannels: a.pointee.part_channels)
    let partials = a.pointee.partials + tile * partition.count * 2
    var merged = a.pointee.merged + tile * partition.groups * 2
    var group = 0
    while group < partition.groups {
        let moments = partition.moments(of: group, partials)
        merged[0] = moments.mean
        merged[1] = moments.m2
        merged += 2
        group += 1
    }
}

/// How the values of a norm are split into the partials of `statistics_arguments`.
struct NormPartition {
    let length: Int
    let channels: Int
    let groups: Int
    let chunkPositions: Int
    let chunks: Int
    let partChannels: Int

    /// Partials of a batch element.
    var count: Int {
        @inline(__always) get { chunks * (groups == 1 ? (channels + partChannels - 1) / partChannels : groups) }
    }

    /// The moments of a group: chunk by chunk, and in a chunk part by part.
    @inline(__always)
    func moments(of group: Int, _ partials: UnsafePointer<Double>) -> Moments {
        let width = groups == 1 ? partChannels : channels / groups
        let end = groups == 1 ? channels : width
        let skipped = groups == 1 ? 0 : 2 * (groups - 1)
        var partial = partials + (groups == 1 ? 0 : 2 * group)
        var moments = Moments(count: 0, mean: 0, m2: 0)
        var chunk = 0
        while chunk < chunks {
            let positions = min(chunkPositions, length - chunk * chunkPositions)
            var channel = 0
            while channel < end {
                let count = Double(positions * min(width, end - channel))
                moments.merge(Moments(count: count, mean: partial[0], m2: partial[1]))
                partial += 2
                channel += width
            }
            partial += skipped
            chunk += 1
        }
        return moments
    }
}

/// Channels of a row with its padding.
@inline(__always)
func paddedChannels(_ channels: Int) -> Int {
    (channels + Int(KERNEL_CHANNEL_BLOCK) - 1) & ~(Int(KERNEL_CHANNEL_BLOCK) - 1)
}
