import CKernels
import Checkpoint

/// A GroupNorm's weights by name. eps is 1e-5 everywhere.
struct NormWeights {
    /// Prefix of `.weight` and `.bias`.
    var name: String
    var groups: Int
}

extension PlanBuilder {
    /// y = act(norm(x)) + residual + bias, each part where given. Written over x, unless the batch grows from 1 to that of
    /// the bias or `keepingInput` says that x is still needed.
    mutating func combine(
        _ x: Value, name: String, norm: NormWeights? = nil, activation: Activation? = nil, plus residual: Value? = nil,
        bias: Value? = nil, keepingInput: Bool = false
    ) throws(PlanningError) -> Value {
        let batch = max(x.batch, residual?.batch ?? 1, bias?.batch ?? 1)
        let y =
            keepingInput || batch != x.batch
            ? try newValue(batch: batch, length: x.length, channels: x.channels) : x
        var arguments = combine_arguments()
        arguments.x_position_stride = Int64(x.positionStride)
        arguments.x_batch_stride = Int64(x.batchStride)
        arguments.residual_position_stride = Int64(residual?.positionStride ?? 0)
        arguments.residual_batch_stride = Int64(residual?.batchStride ?? 0)
        arguments.bias_batch_stride = Int64(bias?.batchStride ?? 0)
        arguments.y_position_stride = Int64(y.positionStride)
        arguments.y_batch_stride = Int64(y.rowStride)
        arguments.length = Int64(x.length)
        arguments.channels = Int64(x.channels)
        arguments.groups = Int64(norm?.groups ?? 1)
        arguments.activation = Int64(activation.kernelValue.rawValue)

        var partials: Location?
        var partialsBuffer: [Int] = []
        var tileChannels = y.paddedChannels
        var tilePositions = tiling.positions(length: x.length, width: y.paddedChannels)
        if let norm {
            guard x.batch * (x.channels / norm.groups) * x.length != 1 else {
                throw .singleValueNorm(block: norm.name)
            }
            let whole = wholeNormChannels(x, groups: norm.groups)
            let perTile = x.length * min(whole, x.channels)
            if perTile <= tiling.sizes.wholeNormValues * (batch >= tiling.sizes.wantedTiles ? 4 : 1) {
                tileChannels = whole
                tilePositions = x.length
            } else {
                let buffer = statistics(x, norm, &arguments)
                partials = Location(buffer: buffer, offset: 0)
                partialsBuffer = [buffer]
            }
        }
        let positionTiles = ceilDivide(x.length, tilePositions)
        let channelTiles = ceilDivide(y.paddedChannels, tileChannels)
        arguments.tile_positions = Int64(tilePositions)
        arguments.position_tiles = Int64(positionTiles)
        arguments.tile_channels = Int64(tileChannels)
        arguments.channel_tiles = Int64(channelTiles)
        let scratch = norm == nil ? 0 : 32 * tileChannels
        arguments.scratch_bytes = Int64(scratch)
        let gain = norm.map { vector($0.name + ".weight", count: x.channels) }
        let shift = norm.map { vector($0.name + ".bias", count: x.channels) }
        append(
            Step(
                name: name, kind: .combine, inputShape: x.shape, outputShape: y.shape,
                tileCount: batch * positionTiles * channelTiles,
                bytesRead: x.bytes + (residual?.bytes ?? 0) + (bias?.bytes ?? 0), bytesWritten: y.bytes,
                scratchBytes: scratch,
                reads: [x.buffer] + partialsBuffer + [residual, bias].compactMap { $0?.buffer }, writes: y.buffer),
            .combine(
                arguments, x: x.location(), residual: residual?.location(), bias: bias?.location(), gain: gain,
                shift: shift, partials: partials, y: y.location()))
        return y
    }

    /// Channels of a tile that takes its own statistics: whole groups, whole channel blocks, at most `wantedTiles` tiles.
    private func wholeNormChannels(_ x: Value, groups: Int) -> Int {
        let width = x.channels / groups
        let unit = width / greatestCommonDivisor(width, channelBlock) * channelBlock
        let units = ceilDivide(x.paddedChannels, unit)
        return min(x.paddedChannels, ceilDivide(units, tiling.sizes.wantedTiles) * unit)
    }

    /// Appends the statistics of x by chunks; the buffer of the partials.
    private mutating func statistics(_ x: Value, _ norm: NormWeights, _ combine: inout combine_arguments) -> Int {
        let chunks = tiling.chunks(length: x.length, channels: x.channels)
        let chunkPositions = ceilDivide(x.length, chunks)
        let count = ceilDivide(x.length, chunkPositions)
        var arguments = statistics_arguments()
        arguments.position_stride = Int64(x.positionStride)
        arguments.batch_stride = Int64(x.batchStride)
        arguments.length = Int64(x.length)
        arguments.channels = Int64(x.channels)
        arguments.groups = Int64(norm.groups)
        arguments.chunk_positions = Int64(chunkPositions)
        arguments.chunks = Int64(count)
        let scratch = 16 * x.paddedChannels
        arguments.scratch_bytes = Int64(scratch)
        combine.chunk_positions = Int64(chunkPositions)
        combine.chunks = Int64(count)
        combine.partials_batch_stride = Int64(count * norm.groups * 2)
        let floats = x.batch * count * norm.groups * 4
        let partials = newBuffer(floats: floats)
        append(
            Step(
                name: norm.name, kind: .statistics, inputShape: x.shape, outputShape: [x.batch, count, norm.groups],
                tileCount: x.batch * count, bytesRead: x.bytes, bytesWritten: floats * 4, scratchBytes: scratch,
                reads: [x.buffer], writes: partials),
            .statistics(arguments, x: x.location(), partials: Location(buffer: partials, offset: 0)))
        return partials
    }
}

extension Activation? {
    /// The kernels' name of it.
    var kernelValue: kernel_activation {
        switch self {
        case nil: KERNEL_ACTIVATION_NONE
        case .gelu: KERNEL_ACTIVATION_GELU
        case .mish: KERNEL_ACTIVATION_MISH
        case .silu: KERNEL_ACTIVATION_SILU
        case .relu: KERNEL_ACTIVATION_RELU
        }
    }
}
