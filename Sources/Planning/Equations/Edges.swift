import CKernels
import Checkpoint
import KernelArguments

extension OperationKind {
    /// Transposes the sample to rows.
    public static let gather = OperationKind("gather")
    /// Rows of the value head.
    public static let flatten = OperationKind("flatten")
    /// Transposes the result to channels.
    public static let scatter = OperationKind("scatter")
}

extension Lowering {
    /// What the caller brings, as rows: of each position, or of each batch element where the length is 1.
    mutating func gather(_ end: Operand.End, channels: Int, length: Int) throws(PlanningError) -> Value {
        let y = try newValue(batch: shape.batch, length: length, channels: channels)
        append(Gather(channels: channels, end: end, layout: network.layout, embedding: nil, y: y))
        return y
    }

    /// The sample as rows, followed by the time embedding's channels where `embedding` is given.
    mutating func gather(channels: Int, embedding: Value?) throws(PlanningError) -> Value {
        let y = try newValue(
            batch: shape.batch, length: shape.length, channels: channels + (embedding?.channels ?? 0))
        append(Gather(channels: channels, layout: network.layout, embedding: embedding, y: y))
        return y
    }

    /// The last value, to the caller's memory.
    mutating func scatter(_ x: Value) { append(Scatter(x: x, layout: network.layout)) }

    /// One row a batch element: x channel-major, then its time embedding.
    mutating func flatten(_ x: Value, _ embedding: Value) throws(PlanningError) -> Value {
        let y = try newValue(batch: x.batch, length: 1, channels: x.channels * x.length + embedding.channels)
        append(Flatten(x: x, embedding: embedding, y: y))
        return y
    }
}

/// y = the sample, the cotangent or a condition as rows, and the embedding beside it.
struct Gather: Equation {
    /// Channels of the sample.
    let channels: Int
    var end = Operand.End.sample
    let layout: SampleLayout
    let embedding: Value?
    let y: Value

    var name: String {
        switch end {
        case .globalCondition: "global_cond"
        case .localCondition: "local_cond"
        case .cotangent: "output.gradient"
        default: "sample"
        }
    }
    var reads: [Value] { [embedding].compactMap(\.self) }
    var result: Value? { y }
    var readsSample: Bool { end == .sample }

    func differentiate(_ dy: Value?, in pass: inout Differentiation) {
        guard var x = dy else { return }
        x.channels = channels
        pass.append(Scatter(x: x, end: .gradient, layout: layout))
    }

    func build(_ hints: Hints, in builder: inout OperationBuilder) {
        let embedding = embedding.map { builder.placed($0) }
        let y = builder.allocated(y)
        let arguments = gather_arguments(
            channels: channels, embeddingChannels: embedding?.channels ?? 0, y: y.positionStride, batch: y.batch,
            length: y.length, isPositionsFirst: layout == .positionsFirst,
            embeddingStride: embedding?.batchStride ?? 0,
            tilePositions: builder.tiling.positions(length: y.length, width: y.positionStride))
        builder.append(
            Step(
                name: name, kind: .gather,
                inputShape: layout.shape(batch: y.batch, channels: channels, length: y.length), outputShape: y.shape,
                tileCount: arguments.tiles),
            KernelCall(
                .gather, arguments,
                [
                    .read(\.sample, end, bytes: y.batch * y.length * channels * 4),
                    embedding.map { .read(\.embedding, $0.location(), .all(floats: $0.channels)) },
                    .written(
                        \.y, y,
                        .positions(
                            tile: arguments.tile_positions, of: y.length, width: y.batch * y.rowStride,
                            stride: y.positionStride)),
                ]))
    }
}

/// The output, or the gradient, = x, in the order of the sample's dimensions.
struct Scatter: Equation {
    let x: Value
    var end = Operand.End.output
    let layout: SampleLayout

    var name: String { end == .output ? "output" : "sample.gradient" }
    var reads: [Value] { [x] }
    var result: Value? { nil }

    func differentiate(_ dy: Value?, in pass: inout Differentiation) throws(PlanningError) {
        let dx = try pass.newValue(batch: x.batch, length: x.length, channels: x.channels)
        pass.append(Gather(channels: x.channels, end: .cotangent, layout: layout, embedding: nil, y: dx))
        try pass.add(dx, to: x, name: name)
    }

    func build(_ hints: Hints, in builder: inout OperationBuilder) {
        let x = builder.placed(x)
        let arguments = scatter_arguments(
            x.strides, channels: x.channels, batch: x.batch, length: x.length,
            isPositionsFirst: layout == .positionsFirst,
            tilePositions: builder.tiling.positions(length: x.length, width: x.positionStride))
        builder.append(
            Step(
                name: name, kind: .scatter, inputShape: x.shape,
                outputShape: layout.shape(batch: x.batch, channels: x.channels, length: x.length),
                tileCount: arguments.tiles),
            KernelCall(
                .scatter, arguments,
                [
                    .read(
                        \.x, x,
                        .positions(
                            tile: arguments.tile_positions, of: x.length, width: x.batch * x.rowStride,
                            stride: x.positionStride)),
                    .written(\.output, end, bytes: x.batch * x.length * x.channels * 4),
                ]))
    }
}

/// y = x channel-major, then the embedding, a row for each batch element.
struct Flatten: Equation {
    let x: Value
    let embedding: Value
    let y: Value

    var name: String { "out_block.flatten" }
    var reads: [Value] { [x, embedding] }
    var result: Value? { y }

    func differentiate(_ dy: Value?, in pass: inout Differentiation) throws(PlanningError) {
        guard let dy else { return }
        let dx = try pass.newValue(batch: x.batch, length: x.length, channels: x.channels)
        pass.append(Unflatten(x: dy, y: dx))
        try pass.add(dx, to: x, name: name)
    }

    func build(_ hints: Hints, in builder: inout OperationBuilder) {
        let (x, embedding) = (builder.placed(x), builder.placed(embedding))
        let y = builder.allocated(y)
        let arguments = flatten_arguments(
            x.strides, channels: x.channels, batch: x.batch, length: x.length, embeddingStride: embedding.batchStride,
            embeddingChannels: embedding.channels)
        builder.append(
            Step(name: name, kind: .flatten, inputShape: x.shape, outputShape: y.shape, tileCount: 1),
            KernelCall(
                .flatten, arguments,
                [
                    .read(
                        \.x, x,
                        .positions(
                            tile: x.length, of: x.length, width: x.batch * x.rowStride, stride: x.positionStride)),
                    .read(\.embedding, embedding, .all(floats: embedding.channels)),
                    .written(\.y, y, .all(floats: x.batch * arguments.y_stride)),
                ]))
    }
}

/// y = the first numbers of each row of x, which are channel-major, as rows: the transpose of `Flatten`.
struct Unflatten: Equation {
    let x: Value
    let y: Value

    var name: String { "out_block.flatten.gradient" }
    var reads: [Value] { [x] }
    var result: Value? { y }

    func differentiate(_ dy: Value?, in pass: inout Differentiation) { preconditionFailure("a second gradient") }

    func build(_ hints: Hints, in builder: inout OperationBuilder) {
        let x = builder.placed(x)
        let y = builder.allocated(y)
        let arguments = gather_arguments(
            channels: y.channels, embeddingChannels: 0, y: y.positionStride, batch: y.batch, length: y.length,
            sampleStride: x.rowStride, embeddingStride: 0,
            tilePositions: builder.tiling.positions(length: y.length, width: y.positionStride))
        builder.append(
            Step(
                name: name, kind: .gather, inputShape: x.shape, outputShape: y.shape, tileCount: arguments.tiles),
            KernelCall(
                .gather, arguments,
                [
                    .read(\.sample, x, .all(floats: x.batch * x.rowStride)),
                    .written(
                        \.y, y,
                        .positions(
                            tile: arguments.tile_positions, of: y.length, width: y.batch * y.rowStride,
                            stride: y.positionStride)),
                ]))
    }
}
