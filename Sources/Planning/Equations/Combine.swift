import CKernels
import Checkpoint
import KernelArguments

extension OperationKind {
    /// Norm, activation, residual, bias in one pass.
    public static let combine = OperationKind("combine")
}

extension Lowering {
    /// y = factor · act(norm(x)) + residual + bias, each part where given; each may have more batch elements than x. Factors
    /// and biases are one row for all positions.
    mutating func combine(
        _ x: Value, name: String, norm: GroupNorm? = nil, activation: Activation? = nil, times factor: Value? = nil,
        plus residual: Value? = nil, bias: Value? = nil
    ) throws(PlanningError) -> Value {
        if let norm, x.batch * (x.channels / norm.groups) * x.length == 1 {
            throw .singleValueNorm(block: norm.name)
        }
        let y = try newValue(
            batch: max(x.batch, residual?.batch ?? 1, bias?.batch ?? 1, factor?.batch ?? 1), length: x.length,
            channels: x.channels)
        append(
            Combine(
                name: name, x: x, y: y, norm: norm, activation: activation, factor: factor, residual: residual,
                bias: bias))
        return y
    }
}

/// y = factor · act(norm(x)) + residual + bias.
struct Combine: Equation {
    let name: String
    var x: Value
    var y: Value
    let norm: GroupNorm?
    let activation: Activation?
    var factor: Value?
    var residual: Value?
    var bias: Value?
    /// Whether x, and the moments of its norm, are kept for the gradient.
    var keepsInput = false

    var reads: [Value] { [x, factor, residual, bias].compactMap(\.self) }
    var result: Value? { y }
    var mayOverwriteInput: Bool { y.batch == x.batch && x.firstChannel == 0 && x.rowStride == y.rowStride }

    /// This combination in a forward whose gradient follows: it keeps what that reads.
    var keepingInput: Combine {
        var combine = self
        combine.keepsInput = norm != nil || activation != nil
        return combine
    }

    func differentiate(_ dy: Value?, in pass: inout Differentiation) throws(PlanningError) {
        guard let dy else { return }
        if let residual, pass.needs(residual) {
            try pass.add(pass.summed(dy, to: residual.batch, name: name), to: residual, name: name)
        }
        guard pass.needs(x) else { return }
        var upstream = dy
        if let factor { upstream = try pass.product(dy, factor, name: name) }
        upstream = try pass.summed(upstream, to: x.batch, name: name)
        guard norm != nil || activation != nil else {
            try pass.add(upstream, to: x, name: name)
            return
        }
        let dx = try pass.newValue(batch: x.batch, length: x.length, channels: x.channels)
        pass.append(CombineGradient(combine: self, dy: upstream, dx: dx))
        try pass.add(dx, to: x, name: name)
    }

    /// An epilogue of the operation that gives x, where each of its tiles has all that this needs; else an operation of
    /// its own, whose norm's statistics are the epilogue where they can.
    func build(_ hints: Hints, in builder: inout OperationBuilder) {
        let combine = placed(hints, in: &builder)
        if hints.follows, let producer = combine.producer(in: builder),
            let grid = builder.operations[producer].grid
        {
            let call = combine.call(on: grid, partials: nil, for: y, in: &builder)
            builder.follow(producer, Follower(name: name, kind: .combine, call: call))
            return
        }
        let (grid, partials) = combine.tiles(in: &builder)
        builder.append(
            Step(
                name: name, kind: .combine, inputShape: combine.x.shape, outputShape: y.shape, tileCount: grid.count,
                grid: grid),
            combine.call(on: grid, partials: partials, for: y, in: &builder))
    }

    private func placed(_ hints: Hints, in builder: inout OperationBuilder) -> Combine {
        var combine = self
        combine.x = builder.placed(x)
        combine.y = hints.overwritesInput ? builder.allocated(y, over: combine.x) : builder.allocated(y)
        combine.factor = factor.map { builder.placed($0) }
        combine.residual = residual.map { builder.placed($0) }
        combine.bias = bias.map { builder.placed($0) }
        return combine
    }

    /// The operation whose epilogue it can be.
    private func producer(in builder: OperationBuilder) -> Int? {
        guard let producer = builder.producer(of: x, reading: [factor, residual, bias].compactMap { $0?.buffer }),
            let grid = builder.operations[producer].grid, grid.hasWholeNorms(norm, channels: x.channels)
        else { return nil }
        return producer
    }

    /// The tiles of an operation of its own, and the statistics of its norm; nil: a tile has whole groups and takes its
    /// own.
    private func tiles(in builder: inout OperationBuilder) -> (grid: TileGrid, partials: NormPartials?) {
        var grid = TileGrid(
            batch: y.batch, length: x.length, channels: y.paddedChannels, elementsPerTile: 1,
            positionsPerTile: builder.tiling.positions(length: x.length, width: y.paddedChannels),
            channelsPerTile: y.paddedChannels)
        guard let norm else { return (grid, nil) }
        if let partials = builder.followingStatistics(x, norm) { return (grid, partials) }
        let whole = wholeNormChannels(groups: norm.groups, builder.tiling)
        guard x.length * min(whole, x.channels) <= builder.tiling.wholeNormValues(batch: y.batch) else {
            return (grid, builder.statistics(x, norm))
        }
        grid.channelsPerTile = whole
        grid.positionsPerTile = x.length
        return (grid, nil)
    }

    /// Channels of a tile that takes its own statistics: whole groups, whole channel blocks, no more tiles than make
    /// `wantedTiles` of all batch elements.
    private func wholeNormChannels(groups: Int, _ tiling: Tiling) -> Int {
        let unit = leastCommonMultiple(x.channels / groups, channelBlock)
        let units = ceilDivide(x.paddedChannels, unit)
        let wanted = ceilDivide(units, ceilDivide(tiling.sizes.wantedTiles, x.batch)) * unit
        let fitting = tiling.wholeNormValues(batch: x.batch) / x.length / unit * unit
        return min(x.paddedChannels, max(unit, min(wanted, fitting)))
    }

    /// The kernel on the tiles of a grid.
    private func call(
        on grid: TileGrid, partials: NormPartials?, for result: Value, in builder: inout OperationBuilder
    ) -> KernelCall {
        let arguments = combine_arguments(
            x: x.broadcastStrides, y: y.strides, length: x.length, channels: x.channels, groups: norm?.groups,
            partials: partials?.split, activation: activation.kernelValue, residual: residual?.broadcastStrides,
            biasStride: bias?.batchStride ?? 0, factorStride: factor?.batchStride ?? 0,
            tilePositions: grid.positionsPerTile, tileChannels: grid.channelsPerTile)
        func rows(_ value: Value) -> Region { .blocks(grid, value.broadcastStrides) }
        let gain = norm.map { builder.vector($0.name + ".weight", count: x.channels) }
        let shift = norm.map { builder.vector($0.name + ".bias", count: x.channels) }
        let fields: [ArgumentField<combine_arguments>?] =
            [
                .read(\.x, x, rows(x)),
                residual.map { .read(\.residual, $0, rows($0)) },
                .written(\.y, y, .blocks(grid, y.strides)),
                bias.map { .read(\.bias, $0, .all(floats: grid.channels)) },
                factor.map { .read(\.factor, $0, .all(floats: grid.channels)) },
                partials.map {
                    .read(\.partials, $0.location, .all(floats: 2 * arguments.partials_batch_stride))
                },
                gain.map { .weight(\.gain, $0) },
                shift.map { .weight(\.shift, $0) },
            ]
        if keepsInput, norm != nil {
            if let partials {
                builder.moments[result.buffer] = partials
            } else {
                return keeping(arguments, fields, for: result, in: &builder)
            }
        }
        return KernelCall(
            .combine, arguments, scratchBytes: arguments.scratch_bytes, variant: arguments.activation, fields)
    }

    /// The kernel that keeps the moments which its tiles take.
    private func keeping(
        _ arguments: combine_arguments, _ fields: [ArgumentField<combine_arguments>?], for result: Value,
        in builder: inout OperationBuilder
    ) -> KernelCall {
        let moments = builder.newMoments(of: y, groups: arguments.groups)
        builder.moments[result.buffer] = moments
        return KernelCall(
            .combineKeeping, combine_keeping_arguments(combine: arguments, moments: nil),
            scratchBytes: arguments.scratch_bytes, variant: arguments.activation,
            fields.map { $0?.inside(combine_keeping_arguments.self) } + [
                .written(
                    \.moments, moments.location, bytes: moments.bytes(batch: y.batch),
                    .all(bytes: moments.bytes(batch: y.batch)))
            ])
    }
}

extension TileGrid {
    /// Whether each tile has whole parts of a norm's statistics.
    func hasWholeParts(_ norm: GroupNorm, channels: Int) -> Bool {
        norm.groups == 1 || channelTiles == 1 || channelsPerTile % (channels / norm.groups) == 0
    }

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
