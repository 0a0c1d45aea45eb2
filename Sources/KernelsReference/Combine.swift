import CKernels

/// y[l, b, c] = factor[b, c] · act(norm(x[l, b, c])) + residual[l, b, c] + bias[b, c], for some positions and channels of one batch
/// element; zeros after the last channel.
/// Source: nn.GroupNorm, then the sums of diffusers 0.26.3, unet_1d_blocks.py and resnet.py.
func combine(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    combine(arguments!.load(as: combine_arguments.self), tile, nil)
}

/// The same, and the moments of the norm.
func combineKeeping(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments!.load(as: combine_keeping_arguments.self)
    combine(a.combine, tile, a.moments)
}

private func combine(_ a: combine_arguments, _ tile: Int, _ kept: UnsafeMutablePointer<Double>?) {
    let (rest, channelTile) = tile.quotientAndRemainder(dividingBy: a.channel_tiles)
    let (b, positionTile) = rest.quotientAndRemainder(dividingBy: a.position_tiles)
    let positions = tileRange(positionTile, of: a.tile_positions, in: a.length)
    var group = -1
    var moments = Moments(count: 1, mean: 0, squares: 0)
    for c in tileRange(channelTile, of: a.tile_channels, in: padded(a.channels)) {
        let isPadding = c >= a.channels
        if a.gain != nil, !isPadding, c / (a.channels / a.groups) != group {
            group = c / (a.channels / a.groups)
            moments = groupMoments(a, b, group)
            kept?[(b * a.groups + group) * 2] = moments.mean
            kept?[(b * a.groups + group) * 2 + 1] = moments.squares
        }
        for l in positions {
            var value = 0.0
            if !isPadding {
                value = Double(a.x[l * a.x_position_stride + b * a.x_batch_stride + c])
                if a.gain != nil {
                    let deviation = (moments.squares / moments.count + 1e-5).squareRoot()
                    value = (value - moments.mean) * Double(a.gain[c]) / deviation + Double(a.shift[c])
                }
                value = activate(value, Int32(a.activation))
                if a.factor != nil { value *= Double(a.factor[b * a.factor_batch_stride + c]) }
                if a.residual != nil {
                    value += Double(a.residual[l * a.residual_position_stride + b * a.residual_batch_stride + c])
                }
                if a.bias != nil { value += Double(a.bias[b * a.bias_batch_stride + c]) }
            }
            a.y[l * a.y_position_stride + b * a.y_batch_stride + c] = Float(value)
        }
    }
}

/// The moments of a group over all positions: its chunks merged in order, or of x itself without partials.
private func groupMoments(_ a: combine_arguments, _ b: Int, _ group: Int) -> Moments {
    let size = a.channels / a.groups
    guard a.partials != nil else {
        return Moments(
            a.x + b * a.x_batch_stride, positionStride: a.x_position_stride, positions: 0..<a.length,
            channels: group * size..<(group + 1) * size)
    }
    return mergedMoments(
        a.partials + b * a.partials_batch_stride,
        normParts(channels: a.channels, groups: a.groups, partChannels: a.part_channels), group: group, of: a.groups,
        length: a.length, chunkPositions: a.chunk_positions, chunks: a.chunks)
}
