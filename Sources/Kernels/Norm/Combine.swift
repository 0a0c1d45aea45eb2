import CKernels

/// `combine_arguments`: norm, activation, residual and bias in one pass over a tile.
func combine(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    combine(arguments.unsafelyUnwrapped.assumingMemoryBound(to: combine_arguments.self), tile, scratch, nil)
}

/// `combine_keeping_arguments`: the same, and the moments of the norm.
func combineKeeping(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments.unsafelyUnwrapped.assumingMemoryBound(to: combine_keeping_arguments.self)
    // The combination is the first field.
    let combination = arguments.unsafelyUnwrapped.assumingMemoryBound(to: combine_arguments.self)
    combine(combination, tile, scratch, a.pointee.moments)
}

@inline(__always)
private func combine(
    _ a: UnsafePointer<combine_arguments>, _ tile: Int, _ scratch: UnsafeMutableRawPointer?,
    _ kept: UnsafeMutablePointer<Double>?
) {
    switch UInt32(a.pointee.activation) {
    case KERNEL_ACTIVATION_GELU.rawValue: combineTile(a, tile, scratch, kept, Gelu.self)
    case KERNEL_ACTIVATION_MISH.rawValue: combineTile(a, tile, scratch, kept, Mish.self)
    case KERNEL_ACTIVATION_SILU.rawValue: combineTile(a, tile, scratch, kept, Silu.self)
    case KERNEL_ACTIVATION_RELU.rawValue: combineTile(a, tile, scratch, kept, Relu.self)
    default: combineTile(a, tile, scratch, kept, Identity.self)
    }
}

/// The floats of a tile whose successor is prefetched: a few of them fit the first cache level.
private var mostFloatsAhead: Int { @inline(__always) get { 2048 } }

@inline(never)
private func combineTile<Activation: ActivationFunction>(
    _ a: UnsafePointer<combine_arguments>, _ tile: Int, _ scratch: UnsafeMutableRawPointer?,
    _ kept: UnsafeMutablePointer<Double>?, _: Activation.Type
) {
    let channelTiles = a.pointee.channel_tiles
    let positionTiles = a.pointee.position_tiles
    let rowTile = tile / channelTiles
    let batch = rowTile / positionTiles
    let firstPosition = (rowTile - batch * positionTiles) * a.pointee.tile_positions
    let endPosition = min(firstPosition + a.pointee.tile_positions, a.pointee.length)
    let firstChannel = (tile - rowTile * channelTiles) * a.pointee.tile_channels
    let width = min(a.pointee.tile_channels, paddedChannels(a.pointee.channels) - firstChannel)

    let xStride = a.pointee.x_position_stride
    let yStride = a.pointee.y_position_stride
    let residualStride = a.pointee.residual_position_stride
    let x = a.pointee.x + (batch * a.pointee.x_batch_stride + firstChannel + firstPosition * xStride)
    let y = a.pointee.y + (batch * a.pointee.y_batch_stride + firstChannel + firstPosition * yStride)
    let hasNorm = a.pointee.gain != nil
    let hasResidual = a.pointee.residual != nil
    let hasBias = a.pointee.bias != nil
    let hasFactor = a.pointee.factor != nil
    var residual = x
    if hasResidual {
        residual =
            a.pointee.residual
            + (batch * a.pointee.residual_batch_stride + firstChannel + firstPosition * residualStride)
    }
    let bias = hasBias ? a.pointee.bias + (batch * a.pointee.bias_batch_stride + firstChannel) : x
    let factor = hasFactor ? a.pointee.factor + (batch * a.pointee.factor_batch_stride + firstChannel) : x
    let center = scratch.unsafelyUnwrapped.assumingMemoryBound(to: Float.self)
    let scale = center + width
    let shift = scale + width
    if hasNorm {
        prepareNorm(
            a, batch, firstChannel, width, x, center, scale, shift, UnsafeMutableRawPointer(shift + width), kept)
    }

    // Four rows at a time. The last rows are repeated where there are fewer: they are read before they are written.
    let rows = endPosition - firstPosition
    // Behind a convolution, tiles with whole norms follow one another element by element: the next one's lines come while this
    // one is worked on.
    let ahead = a.pointee.x_batch_stride
    let residualAhead = a.pointee.residual_batch_stride
    let isShort = hasNorm && a.pointee.partials == nil && rows * width <= mostFloatsAhead
    let asksAhead = isShort && ahead > 0
    let asksResidualAhead = isShort && hasResidual && residualAhead > 0
    var row = 0
    while row < rows {
        let rowB = min(row + 1, rows - 1)
        let rowC = min(row + 2, rows - 1)
        let rowD = min(row + 3, rows - 1)
        let source = RowQuad(x, xStride, row, rowB, rowC, rowD)
        let addend = RowQuad(residual, residualStride, row, rowB, rowC, rowD)
        var c = 0
        while c < width {
            var v = source.load(c)
            let isLine = c % Int(KERNEL_CHANNEL_BLOCK) == 0
            if asksAhead && isLine { source.prefetch(c + ahead) }
            if asksResidualAhead && isLine { addend.prefetch(c + residualAhead) }
            if hasNorm {
                v = multiplyAdd(
                    Quad(repeating: loadLanes(shift + c)), v - Quad(repeating: loadLanes(center + c)),
                    Quad(repeating: loadLanes(scale + c)))
            }
            v = Activation.apply(v)
            if hasFactor { v = v * Quad(repeating: loadLanes(factor + c)) }
            if hasResidual { v = v + addend.load(c) }
            if hasBias { v = v + Quad(repeating: loadLanes(bias + c)) }
            storeLanes(v.a, y + (row * yStride + c))
            storeLanes(v.b, y + (rowB * yStride + c))
            storeLanes(v.c, y + (rowC * yStride + c))
            storeLanes(v.d, y + (rowD * yStride + c))
            c += Lanes.scalarCount
        }
        row += 4
    }
}

/// Four rows that are read side by side.
private struct RowQuad {
    let a: UnsafePointer<Float>
    let b: UnsafePointer<Float>
    let c: UnsafePointer<Float>
    let d: UnsafePointer<Float>

    @inline(__always)
    init(_ p: UnsafePointer<Float>, _ stride: Int, _ a: Int, _ b: Int, _ c: Int, _ d: Int) {
        self.a = p + a * stride
        self.b = p + b * stride
        self.c = p + c * stride
        self.d = p + d * stride
    }

    @inline(__always)
    func load(_ offset: Int) -> Quad {
        Quad(loadLanes(a + offset), loadLanes(b + offset), loadLanes(c + offset), loadLanes(d + offset))
    }

    /// Prefetches the lines, which are read after other work.
    @inline(__always)
    func prefetch(_ offset: Int) {
        kernel_prefetch_near(a + offset)
        kernel_prefetch_near(b + offset)
        kernel_prefetch_near(c + offset)
        kernel_prefetch_near(d + offset)
    }
}

/// The moments of the tile's groups, and from them its `ChannelNorm`.
///
/// `sums` takes two Double a channel: the moments of channels, then in their place those of groups, then the inverse deviations.
/// `center` first holds rough means of groups, where these are summed as one.
@inline(never)
private func prepareNorm(
    _ a: UnsafePointer<combine_arguments>, _ batch: Int, _ firstChannel: Int, _ width: Int,
    _ x: UnsafePointer<Float>, _ center: UnsafeMutablePointer<Float>, _ scale: UnsafeMutablePointer<Float>,
    _ shift: UnsafeMutablePointer<Float>, _ sums: UnsafeMutableRawPointer, _ kept: UnsafeMutablePointer<Double>?
) {
    let channels = a.pointee.channels
    let groupWidth = channels / a.pointee.groups
    let norm = ChannelNorm(
        channels: channels, groupWidth: groupWidth, firstChannel: firstChannel, width: width, center: center,
        scale: scale, shift: shift)
    let firstGroup = norm.firstGroup
    let groups = norm.groups
    let means = sums.assumingMemoryBound(to: Double.self)
    let spreads = means + width
    let positions = a.pointee.length
    let stride = a.pointee.x_position_stride
    // Without partials the tile has whole groups.
    let hasPartials = a.pointee.partials != nil
    let isRun = groupWidth % Lanes.scalarCount == 0 && positions * groupWidth <= longestRun * Lanes.scalarCount
    var group = 0
    if !hasPartials && isRun {
        while group < groups {
            center[group] = runCenter(
                x + group * groupWidth, positionStride: stride, positions: positions, channels: groupWidth)
            group += 1
        }
    } else if !hasPartials {
        channelMoments(x, positionStride: stride, positions: positions, channels: width, means: means, m2s: spreads)
    }
    // A group's moments stand no later than those of its channels, which they replace.
    group = 0
    while group < groups {
        let channel = group * groupWidth
        let moments: Moments
        if hasPartials {
            moments = mergeChunks(a, batch, firstGroup + group)
        } else if isRun {
            moments = runMoments(
                x + channel, positionStride: stride, positions: positions, channels: groupWidth, about: center[group])
        } else {
            moments = groupMoments(
                means: means, m2s: spreads, positions: positions, channel: channel, width: groupWidth)
        }
        means[group] = moments.mean
        spreads[group] = moments.m2
        if let kept {
            kept[(batch * a.pointee.groups + firstGroup + group) * 2] = moments.mean
            kept[(batch * a.pointee.groups + firstGroup + group) * 2 + 1] = moments.m2
        }
        group += 1
    }
    norm.prepare(
        means: means, spreads: spreads, share: 1 / Double(positions * groupWidth), gain: a.pointee.gain,
        shift: a.pointee.shift)
}

/// The moments of a group over all chunks, merged in order.
@inline(__always)
private func mergeChunks(_ a: UnsafePointer<combine_arguments>, _ batch: Int, _ group: Int) -> Moments {
    let partition = NormPartition(
        length: a.pointee.length, channels: a.pointee.channels, groups: a.pointee.groups,
        chunkPositions: a.pointee.chunk_positions, chunks: a.pointee.chunks,
        partChannels: a.pointee.part_channels)
    let xBatch = a.pointee.x_batch_stride == 0 ? 0 : batch
    return partition.moments(of: group, a.pointee.partials + xBatch * a.pointee.partials_batch_stride)
}
