import CKernels
import Checkpoint
import KernelArguments

extension OperationKind {
    /// The sinusoidal embedding of the timestep.
    public static let embedding = OperationKind("embedding")
}

extension Lowering {
    /// (timesteps, 1, width): cosines and sines of the timesteps times the frequencies.
    mutating func embedding(
        _ frequencies: FrequencyRequest, _ layer: TimeEmbedding, roundsTimestep: Bool
    ) throws(PlanningError) -> Value {
        let y = try newValue(batch: shape.timesteps, length: 1, channels: layer.width)
        append(
            Embedding(
                frequencies: frequencies, half: layer.width / 2, cosinesFirst: layer.cosinesFirst,
                roundsTimestep: roundsTimestep, y: y))
        return y
    }
}

/// y = [cos(t·f), sin(t·f)] of each timestep t.
struct Embedding: Equation {
    let frequencies: FrequencyRequest
    let half: Int
    let cosinesFirst: Bool
    let roundsTimestep: Bool
    let y: Value

    var name: String { "time_proj" }
    var reads: [Value] { [] }
    var result: Value? { y }

    /// The timestep has no gradient.
    func differentiate(_ dy: Value?, in pass: inout Differentiation) {}

    func build(_ hints: Hints, in builder: inout OperationBuilder) {
        let frequencies = builder.packed(.frequencies(frequencies))
        let count = y.batch
        // Two floats a Double.
        let timesteps = builder.newBuffer(floats: 2 * count)
        builder.timesteps = timesteps
        let y = builder.allocated(y)
        let arguments = embedding_arguments(
            count: count, half: half, isCosineFirst: cosinesFirst, roundsTimestep: roundsTimestep,
            yStride: y.rowStride)
        builder.append(
            Step(name: name, kind: .embedding, inputShape: [count], outputShape: y.shape, tileCount: 1),
            KernelCall(
                .embedding, arguments,
                [
                    .weight(\.frequencies, frequencies),
                    .read(
                        \.timesteps, Location(buffer: timesteps, offset: 0), bytes: 8 * count,
                        .all(floats: 2 * count)),
                    .written(\.y, y, .all(floats: count * arguments.y_stride)),
                ]))
    }
}
