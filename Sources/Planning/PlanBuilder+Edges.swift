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

extension PlanBuilder {
    /// The sample as rows, followed by the time embedding's channels where `embedding` is given.
    mutating func gather(channels: Int, embedding: Value?) throws(PlanningError) -> Value {
        let y = try newValue(
            batch: shape.batch, length: shape.length, channels: channels + (embedding?.channels ?? 0))
        let arguments = gather_arguments(
            channels: channels, embeddingChannels: embedding?.channels ?? 0, y: y.positionStride, batch: shape.batch,
            length: shape.length, embeddingStride: embedding?.batchStride ?? 0,
            tilePositions: tiling.positions(length: shape.length, width: y.positionStride))
        append(
            Step(
                name: "sample", kind: .gather, inputShape: [shape.batch, channels, shape.length], outputShape: y.shape,
                tileCount: arguments.tiles),
            KernelCall(
                .gather, arguments,
                [
                    .sample(\.sample, bytes: shape.batch * shape.length * channels * 4),
                    embedding.map { .read(\.embedding, $0.location(), .all(floats: $0.channels)) },
                    .written(
                        \.y, y,
                        .positions(
                            tile: arguments.tile_positions, of: shape.length,
                            width: shape.batch * arguments.padded_channels, stride: y.positionStride)),
                ]))
        return y
    }

    /// The last value, to the caller's (batch, channels, length).
    mutating func scatter(_ x: Value) {
        let arguments = scatter_arguments(
            x.strides, channels: x.channels, batch: x.batch, length: x.length,
            tilePositions: tiling.positions(length: x.length, width: x.positionStride))
        append(
            Step(
                name: "output", kind: .scatter, inputShape: x.shape, outputShape: [x.batch, x.channels, x.length],
                tileCount: arguments.tiles),
            KernelCall(
                .scatter, arguments,
                [
                    .read(
                        \.x, x,
                        .positions(
                            tile: arguments.tile_positions, of: x.length, width: x.batch * x.rowStride,
                            stride: x.positionStride)),
                    .output(\.output, bytes: x.batch * x.length * x.channels * 4),
                ]))
    }

    /// One row a batch element: x channel-major, then its time embedding.
    mutating func flatten(_ x: Value, _ embedding: Value) throws(PlanningError) -> Value {
        let y = try newValue(batch: x.batch, length: 1, channels: x.channels * x.length + embedding.channels)
        let arguments = flatten_arguments(
            x.strides, channels: x.channels, batch: x.batch, length: x.length, embeddingStride: embedding.batchStride,
            embeddingChannels: embedding.channels)
        append(
            Step(
                name: "out_block.flatten", kind: .flatten, inputShape: x.shape, outputShape: y.shape, tileCount: 1),
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
        return y
    }
}
