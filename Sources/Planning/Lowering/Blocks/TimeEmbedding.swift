import Checkpoint
import KernelArguments

/// The values that blocks read of the timestep.
struct TimeValues {
    /// The sinusoidal embedding, (timesteps, 1, width), for `DownBlock1DNoSkip`.
    var embedding: Value?
    /// The MLP's result, (timesteps, 1, c0), for `ValueFunction`.
    var projected: Value?
    /// `time_emb(mish(e))` of every `ResidualTemporalBlock1D`, by the block's name.
    var biases: [String: Value] = [:]
}

extension Lowering {
    /// The time embedding, the MLP, and the projections of all residual temporal blocks as one linear layer.
    /// Source: diffusers 0.26.3, unet_1d.py, UNet1DModel.forward; embeddings.py.
    mutating func timeEmbedding() throws(PlanningError) {
        if network.mlp == nil {
            guard shape.timesteps == 1 || shape.timesteps == shape.batch else {
                throw .timestepCount(found: shape.timesteps, batch: shape.batch, block: "the time embedding")
            }
        }
        guard network.readsTimestep else { return }
        let embedding = try sinusoidalEmbedding(network.time)
        guard let mlp = network.mlp else {
            time.embedding = embedding
            return
        }
        let hidden = try linear(embedding, mlp.linear1)
        let active = try combine(hidden, name: "time_mlp.act", activation: mlp.activation)
        let projected = try linear(active, mlp.linear2)
        time.projected = projected
        kept.insert(projected.buffer)
        let blocks = network.residualTemporalBlocks
        if !blocks.isEmpty { try projectTime(projected, blocks) }
    }

    /// (timesteps, 1, width): cosines and sines.
    private mutating func sinusoidalEmbedding(_ layer: TimeEmbedding) throws(PlanningError) -> Value {
        let half = layer.width / 2
        let request: FrequencyRequest
        let roundsTimestep: Bool
        switch layer.frequencies {
        case .fourier(let tensor): (request, roundsTimestep) = (.fourier(tensor: tensor, count: half), false)
        case .positional(let shift):
            (request, roundsTimestep) = (.positional(count: half, shift: BitwiseDouble(shift)), true)
        }
        return try embedding(request, layer, roundsTimestep: roundsTimestep)
    }

    /// Every block's `time_emb` reads the same mish(e): their weights are stacked into one linear layer.
    private mutating func projectTime(
        _ projected: Value, _ blocks: [ResidualTemporalBlock1D]
    ) throws(PlanningError) {
        let active = try combine(projected, name: "time_emb.act", activation: .mish)
        var weights: [WeightPart] = []
        var biases: [WeightPart] = []
        var column = 0
        for layer in blocks.map(\.timeEmbedding) {
            weights.append(
                WeightPart(tensor: layer.name + ".weight", outputs: layer.outputs, firstColumn: column))
            biases.append(WeightPart(tensor: layer.name + ".bias", outputs: layer.outputs, firstColumn: column))
            column += padded(layer.outputs)
        }
        let all = try linear(
            active,
            Weights(
                name: "time_emb",
                matrix: MatrixRequest(parts: weights, columns: column, sources: [active.channels], taps: 1),
                bias: VectorRequest(parts: biases, count: column)), channels: column)
        for (block, part) in zip(blocks, weights) {
            var value = all
            value.firstChannel = part.firstColumn
            value.channels = block.outputs
            time.biases[block.name] = value
        }
    }
}
