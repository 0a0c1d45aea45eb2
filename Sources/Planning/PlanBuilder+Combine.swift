import CKernels
import Checkpoint
import KernelArguments

extension OperationKind {
    /// Norm, activation, residual, bias in one pass.
    public static let combine = OperationKind("combine")
}

extension PlanBuilder {
    /// y = act(norm(x)) + residual + bias, each part where given. Written over x, unless the batch grows from 1 to that of
    /// the bias or `keepingInput` says that x is still needed.
    ///
    /// Follows x's operation tile by tile where each tile has all that this needs; else it is an operation of its own, whose
    /// norm's statistics follow x's operation where they can.
    mutating func combine(
        _ x: Value, name: String, norm: GroupNorm? = nil, activation: Activation? = nil, plus residual: Value? = nil,
        bias: Value? = nil, keepingInput: Bool = false
    ) throws(PlanningError) -> Value {
        if let norm, x.batch * (x.channels / norm.groups) * x.length == 1 {
            throw .singleValueNorm(block: norm.name)
        }
        let batch = max(x.batch, residual?.batch ?? 1, bias?.batch ?? 1)
        let isInPlace = !keepingInput && batch == x.batch
        let y = isInPlace ? x : try newValue(batch: batch, length: x.length, channels: x.channels)
        var parts = CombineParts(x: x, y: y, norm: norm, activation: activation)
        parts.residual = residual
        parts.bias = bias

        let reads = [residual, bias].compactMap { $0?.buffer }
        if isInPlace, let producer = producer(of: x, reading: reads), let grid = operations[producer].grid,
            grid.hasWholeNorms(norm, channels: x.channels)
        {
            follow(producer, Follower(name: name, kind: .combine, call: call(parts, on: grid)))
            return y
        }

        var grid = TileGrid(
            batch: batch, length: x.length, channels: y.paddedChannels, elementsPerTile: 1,
            positionsPerTile: tiling.positions(length: x.length, width: y.paddedChannels),
            channelsPerTile: y.paddedChannels)
        if let norm {
            if let partials = followingStatistics(x, norm) {
                parts.partials = partials
            } else {
                let whole = wholeNormChannels(x, groups: norm.groups)
                let perTile = x.length * min(whole, x.channels)
                if perTile <= tiling.wholeNormValues(batch: batch) {
                    grid.channelsPerTile = whole
                    grid.positionsPerTile = x.length
                } else {
                    parts.partials = statistics(x, norm)
                }
            }
        }
        append(
            Step(
                name: name, kind: .combine, inputShape: x.shape, outputShape: y.shape, tileCount: grid.count,
                grid: grid),
            call(parts, on: grid))
        return y
    }

    /// The kernel on the tiles of a grid.
    private mutating func call(_ parts: CombineParts, on grid: TileGrid) -> KernelCall {
        let arguments = parts.arguments(on: grid)
        func rows(_ value: Value) -> Region { .blocks(grid, value.broadcastStrides) }
        let gain = parts.norm.map { vector($0.name + ".weight", count: parts.x.channels) }
        let shift = parts.norm.map { vector($0.name + ".bias", count: parts.x.channels) }
        return KernelCall(
            .combine, arguments, scratchBytes: arguments.scratch_bytes, variant: arguments.activation,
            [
                .read(\.x, parts.x, rows(parts.x)),
                parts.residual.map { .read(\.residual, $0, rows($0)) },
                .written(\.y, parts.y, .blocks(grid, parts.y.strides)),
                parts.bias.map { .read(\.bias, $0, .all(floats: grid.channels)) },
                parts.partials.map {
                    .read(\.partials, $0.location, .all(floats: 2 * arguments.partials_batch_stride))
                },
                gain.map { .weight(\.gain, $0) },
                shift.map { .weight(\.shift, $0) },
            ])
    }

    /// Channels of a tile that takes its own statistics: whole groups, whole channel blocks, no more tiles than make `wantedTiles` of
    /// all batch elements.
    private func wholeNormChannels(_ x: Value, groups: Int) -> Int {
        let unit = leastCommonMultiple(x.channels / groups, channelBlock)
        let units = ceilDivide(x.paddedChannels, unit)
        let wanted = ceilDivide(units, ceilDivide(tiling.sizes.wantedTiles, x.batch)) * unit
        let fitting = tiling.wholeNormValues(batch: x.batch) / x.length / unit * unit
        return min(x.paddedChannels, max(unit, min(wanted, fitting)))
    }
}

/// What a combination takes, while it is planned.
struct CombineParts {
    var x: Value
    var y: Value
    var norm: GroupNorm?
    var activation: Activation?
    var residual: Value?
    var bias: Value?
    /// Statistics by chunks; nil: a tile has whole groups and takes its own.
    var partials: NormPartials?

    func arguments(on grid: TileGrid) -> combine_arguments {
        combine_arguments(
            x: x.broadcastStrides, y: y.strides, length: x.length, channels: x.channels, groups: norm?.groups,
            partials: partials?.split, activation: activation.kernelValue, residual: residual?.broadcastStrides,
            biasStride: bias?.batchStride ?? 0, tilePositions: grid.positionsPerTile,
            tileChannels: grid.channelsPerTile)
    }
}

extension TileGrid {
    /// Whether each tile has all positions of whole groups, or there is no norm.
    func hasWholeNorms(_ norm: GroupNorm?, channels: Int) -> Bool {
        guard let norm else { return true }
        return positionTiles == 1 && (channelTiles == 1 || channelsPerTile % (channels / norm.groups) == 0)
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
