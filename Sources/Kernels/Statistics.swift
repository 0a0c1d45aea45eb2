import CKernels

/// `statistics_arguments`: mean and M2 of every group over one chunk of positions of one batch element.
func statistics(_ arguments: UnsafeRawPointer?, _ tile: Int64, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments.unsafelyUnwrapped.assumingMemoryBound(to: statistics_arguments.self)
    let chunks = Int(a.pointee.chunks)
    let batch = Int(tile) / chunks
    let chunk = Int(tile) - batch * chunks
    let firstPosition = chunk * Int(a.pointee.chunk_positions)
    let positions = min(Int(a.pointee.chunk_positions), Int(a.pointee.length) - firstPosition)
    let channels = Int(a.pointee.channels)
    let groups = Int(a.pointee.groups)
    let padded = paddedChannels(channels)
    let x = a.pointee.x + (batch * Int(a.pointee.batch_stride) + firstPosition * Int(a.pointee.position_stride))
    let means = scratch.unsafelyUnwrapped.assumingMemoryBound(to: Double.self)
    let m2s = means + padded
    channelMoments(
        x, positionStride: Int(a.pointee.position_stride), positions: positions, channels: padded, means: means,
        m2s: m2s)

    let width = channels / groups
    var partial = a.pointee.partials + Int(tile) * groups * 2
    var group = 0
    while group < groups {
        let moments = groupMoments(
            means: means, m2s: m2s, positions: positions, channel: group * width, width: width)
        partial[0] = moments.mean
        partial[1] = moments.m2
        partial += 2
        group += 1
    }
}

/// Channels of a row with its padding.
@inline(__always)
func paddedChannels(_ channels: Int) -> Int {
    (channels + Int(KERNEL_CHANNEL_BLOCK) - 1) & ~(Int(KERNEL_CHANNEL_BLOCK) - 1)
}
