import CKernels
import Checkpoint
import KernelArguments

extension OperationKind {
    /// The gradient of norm and activation.
    public static let combineGradient = OperationKind("combine-gradient")
    /// The gradient of an activation, and the sums from which the rest of a norm's gradient follows.
    public static let gradientSums = OperationKind("gradient-sums")
    /// The sum over batch elements.
    public static let sumElements = OperationKind("sum-elements")
}

/// dx = (act(norm(x)))′ · dy, from x and the moments that the forward kept.
struct CombineGradient: Equation {
    /// The forward's.
    let combine: Combine
    let dy: Value
    let dx: Value

    var name: String { combine.name + ".gradient" }
    var reads: [Value] { [dy, combine.x] }
    var result: Value? { dx }
    var mayOverwriteInput: Bool { dy.firstChannel == 0 && dy.rowStride == dx.rowStride }
    var norm: GroupNorm? { combine.norm }

    func differentiate(_ dy: Value?, in pass: inout Differentiation) { preconditionFailure("a second gradient") }

    /// An epilogue of the operation that gives dy, where each of its tiles has all positions of whole groups. Else that
    /// epilogue, or an operation of its own, takes the sums, and another operation does the rest.
    func build(_ hints: Hints, in builder: inout OperationBuilder) {
        let moments = norm.map { _ in builder.keptMoments(combine.y) }
        let placed = Placed(
            x: builder.placed(combine.x), dy: builder.placed(dy),
            dx: hints.overwritesInput ? builder.allocated(dx, over: builder.placed(dy)) : builder.allocated(dx),
            moments: moments)
        let producer = builder.producer(
            of: placed.dy, reading: [placed.x.buffer] + [moments?.buffer].compactMap(\.self))
        if let producer, let grid = builder.operations[producer].grid {
            if grid.hasWholeNorms(norm, channels: dx.channels) {
                let call = call(.combineGradient, placed, on: grid, sums: nil, in: &builder)
                builder.follow(producer, Follower(name: name, kind: .combineGradient, call: call))
                return
            }
            if let norm, grid.hasWholeParts(norm, channels: dx.channels) {
                let sums = builder.newSums(dx, norm, on: grid)
                let call = call(.combineGradientBegin, placed, on: grid, sums: sums, in: &builder)
                builder.follow(producer, Follower(name: name, kind: .gradientSums, call: call))
                end(placed, sums, in: &builder)
                return
            }
        }
        build(placed, in: &builder)
    }

    /// The operations of its own.
    private func build(_ placed: Placed, in builder: inout OperationBuilder) {
        var grid = passGrid(builder)
        guard let norm else {
            append(.combineGradient, .combineGradient, placed, on: grid, sums: nil, in: &builder)
            return
        }
        let unit = leastCommonMultiple(dx.channels / norm.groups, channelBlock)
        if dx.length * min(unit, dx.channels) <= builder.tiling.wholeNormValues(batch: dx.batch) {
            grid.positionsPerTile = dx.length
            grid.channelsPerTile = min(dx.paddedChannels, unit)
            append(.combineGradient, .combineGradient, placed, on: grid, sums: nil, in: &builder)
            return
        }
        grid.positionsPerTile = ceilDivide(dx.length, builder.tiling.chunks(length: dx.length, channels: dx.channels))
        let sums = builder.newSums(dx, norm, on: grid)
        append(.combineGradientBegin, .gradientSums, placed, on: grid, sums: sums, in: &builder)
        end(placed, sums, in: &builder)
    }

    private func end(_ placed: Placed, _ sums: NormPartials, in builder: inout OperationBuilder) {
        var placed = placed
        placed.dy = placed.dx
        append(.combineGradientEnd, .combineGradient, placed, on: passGrid(builder), sums: sums, in: &builder)
    }

    /// Tiles of a pass over all values.
    private func passGrid(_ builder: OperationBuilder) -> TileGrid {
        TileGrid(
            batch: dx.batch, length: dx.length, channels: dx.paddedChannels, elementsPerTile: 1,
            positionsPerTile: builder.tiling.positions(length: dx.length, width: dx.paddedChannels),
            channelsPerTile: dx.paddedChannels)
    }

    private struct Placed {
        let x: Value
        var dy: Value
        let dx: Value
        let moments: NormPartials?
    }

    private func append(
        _ kernel: Kernel, _ kind: OperationKind, _ placed: Placed, on grid: TileGrid, sums: NormPartials?,
        in builder: inout OperationBuilder
    ) {
        builder.append(
            Step(
                name: name, kind: kind, inputShape: placed.dy.shape, outputShape: dx.shape, tileCount: grid.count,
                grid: kind == .combineGradient ? grid : nil),
            call(kernel, placed, on: grid, sums: sums, in: &builder))
    }

    /// A kernel on the tiles of a grid.
    private func call(
        _ kernel: Kernel, _ placed: Placed, on grid: TileGrid, sums: NormPartials?, in builder: inout OperationBuilder
    ) -> KernelCall {
        let arguments = combine_gradient_arguments(
            x: placed.x.broadcastStrides, dy: placed.dy.strides, dx: placed.dx.strides, length: dx.length,
            channels: dx.channels, groups: norm?.groups, partials: placed.moments?.split, sums: sums?.split,
            activation: combine.activation.kernelValue, tilePositions: grid.positionsPerTile,
            tileChannels: grid.channelsPerTile)
        func rows(_ value: Value) -> Region { .blocks(grid, value.broadcastStrides) }
        let gain = norm.map { builder.vector($0.name + ".weight", count: dx.channels) }
        let shift = norm.map { builder.vector($0.name + ".bias", count: dx.channels) }
        let isBegin = kernel == .combineGradientBegin
        return KernelCall(
            kernel, arguments, scratchBytes: arguments.scratch_bytes, variant: arguments.activation,
            [
                .written(\.dx, placed.dx, .blocks(grid, placed.dx.strides)),
                .read(\.x, placed.x, rows(placed.x)),
                .read(\.dy, placed.dy, rows(placed.dy)),
                placed.moments.map {
                    .read(\.partials, $0.location, .all(bytes: $0.bytes(batch: dx.batch)))
                },
                sums.map {
                    let bytes = $0.bytes(batch: dx.batch)
                    return isBegin
                        ? .written(\.sums, $0.location, bytes: bytes, .share(floats: bytes / 4, of: grid.count))
                        : .read(\.sums, $0.location, bytes: bytes, .all(bytes: bytes))
                },
                gain.map { .weight(\.gain, $0) },
                shift.map { .weight(\.shift, $0) },
            ])
    }
}

extension OperationBuilder {
    /// The moments of the norm that gave a value.
    func keptMoments(_ value: Value) -> NormPartials {
        guard let moments = moments[value.buffer] else { preconditionFailure("v\(value.buffer) kept no moments") }
        return moments
    }

    /// Room for the sums of a norm's gradient, by the tiles of a grid.
    mutating func newSums(_ dx: Value, _ norm: GroupNorm, on grid: TileGrid) -> NormPartials {
        let split = NormSplit(
            length: dx.length, channels: dx.channels, groups: norm.groups, chunkPositions: grid.positionsPerTile,
            partChannels: grid.channelsPerTile)
        return NormPartials(buffer: newBuffer(doubles: dx.batch * split.batchStride), split: split)
    }
}

/// y = Σ x over batch elements.
struct SumElements: Equation {
    let name: String
    let x: Value
    let y: Value

    var reads: [Value] { [x] }
    var result: Value? { y }

    func differentiate(_ dy: Value?, in pass: inout Differentiation) { preconditionFailure("a second gradient") }

    func build(_ hints: Hints, in builder: inout OperationBuilder) {
        let (x, y) = (builder.placed(x), builder.allocated(y))
        let arguments = sum_elements_arguments(
            x: x.strides, yPositionStride: y.positionStride, batch: x.batch, length: x.length, channels: x.channels,
            tilePositions: builder.tiling.positions(length: x.length, width: x.positionStride))
        func positions(_ value: Value) -> Region {
            .positions(
                tile: arguments.tile_positions, of: x.length, width: value.batch * value.rowStride,
                stride: value.positionStride)
        }
        builder.append(
            Step(name: name, kind: .sumElements, inputShape: x.shape, outputShape: y.shape, tileCount: arguments.tiles),
            KernelCall(.sumElements, arguments, [.written(\.y, y, positions(y)), .read(\.x, x, positions(x))]))
    }
}
