import CKernels
import Checkpoint
import KernelArguments

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
                tileCount: arguments.tiles,
                bytesRead: shape.batch * shape.length * channels * 4, bytesWritten: y.bytes,
                reads: embedding.map { [$0.buffer] } ?? [], writes: y.buffer),
            .gather(arguments, embedding: embedding?.location(), y: y.location()))
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
                tileCount: arguments.tiles, bytesRead: x.bytes,
                bytesWritten: x.batch * x.length * x.channels * 4, reads: [x.buffer], writes: nil),
            .scatter(arguments, x: x.location()))
    }

    /// One row a batch element: x channel-major, then its time embedding.
    mutating func flatten(_ x: Value, _ embedding: Value) throws(PlanningError) -> Value {
        let y = try newValue(batch: x.batch, length: 1, channels: x.channels * x.length + embedding.channels)
        let arguments = flatten_arguments(
            x.strides, channels: x.channels, batch: x.batch, length: x.length, embeddingStride: embedding.batchStride,
            embeddingChannels: embedding.channels)
        append(
            Step(
                name: "out_block.flatten", kind: .flatten, inputShape: x.shape, outputShape: y.shape, tileCount: 1,
                bytesRead: x.bytes + embedding.bytes, bytesWritten: y.bytes, reads: [x.buffer, embedding.buffer],
                writes: y.buffer),
            .flatten(arguments, x: x.location(), embedding: embedding.location(), y: y.location()))
        return y
    }
}
