import CKernels
import Checkpoint

extension PlanBuilder {
    /// The sample as rows, with the time embedding's channels behind its own where `embedding` is given.
    mutating func gather(channels: Int, embedding: Value?) throws(PlanningError) -> Value {
        let y = try newValue(
            batch: shape.batch, length: shape.length, channels: channels + (embedding?.channels ?? 0))
        let tilePositions = tiling.positions(length: shape.length, width: y.positionStride)
        var arguments = gather_arguments()
        arguments.sample_batch_stride = channels * shape.length
        arguments.channels = channels
        arguments.embedding_stride = embedding?.batchStride ?? 0
        arguments.embedding_channels = embedding?.channels ?? 0
        arguments.position_stride = y.positionStride
        arguments.padded_channels = y.rowStride
        arguments.batch = shape.batch
        arguments.length = shape.length
        arguments.tile_positions = tilePositions
        append(
            Step(
                name: "sample", kind: .gather, inputShape: [shape.batch, channels, shape.length], outputShape: y.shape,
                tileCount: ceilDivide(shape.length, tilePositions),
                bytesRead: shape.batch * shape.length * channels * 4, bytesWritten: y.bytes,
                reads: embedding.map { [$0.buffer] } ?? [], writes: y.buffer),
            .gather(arguments, embedding: embedding?.location(), y: y.location()))
        return y
    }

    /// The last value, to the caller's (batch, channels, length).
    mutating func scatter(_ x: Value) {
        let tilePositions = tiling.positions(length: x.length, width: x.positionStride)
        var arguments = scatter_arguments()
        arguments.position_stride = x.positionStride
        arguments.padded_channels = x.rowStride
        arguments.channels = x.channels
        arguments.batch = x.batch
        arguments.length = x.length
        arguments.tile_positions = tilePositions
        append(
            Step(
                name: "output", kind: .scatter, inputShape: x.shape, outputShape: [x.batch, x.channels, x.length],
                tileCount: ceilDivide(x.length, tilePositions), bytesRead: x.bytes,
                bytesWritten: x.batch * x.length * x.channels * 4, reads: [x.buffer], writes: nil),
            .scatter(arguments, x: x.location()))
    }

    /// One row a batch element: x channel-major, then its time embedding.
    mutating func flatten(_ x: Value, _ embedding: Value) throws(PlanningError) -> Value {
        let y = try newValue(batch: x.batch, length: 1, channels: x.channels * x.length + embedding.channels)
        var arguments = flatten_arguments()
        arguments.position_stride = x.positionStride
        arguments.padded_channels = x.rowStride
        arguments.channels = x.channels
        arguments.batch = x.batch
        arguments.length = x.length
        arguments.embedding_stride = embedding.batchStride
        arguments.embedding_channels = embedding.channels
        arguments.y_stride = y.rowStride
        append(
            Step(
                name: "out_block.flatten", kind: .flatten, inputShape: x.shape, outputShape: y.shape, tileCount: 1,
                bytesRead: x.bytes + embedding.bytes, bytesWritten: y.bytes, reads: [x.buffer, embedding.buffer],
                writes: y.buffer),
            .flatten(arguments, x: x.location(), embedding: embedding.location(), y: y.location()))
        return y
    }
}
