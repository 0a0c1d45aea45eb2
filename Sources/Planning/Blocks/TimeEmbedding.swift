import CKernels
import Checkpoint
import KernelArguments

/// What blocks read of the timestep.
struct TimeValues {
    /// The sinusoidal embedding, (timesteps, 1, width), for `DownBlock1DNoSkip`.
    var embedding: Value?
    /// The MLP's result, (timesteps, 1, c0), for `ValueFunction`.
    var projected: Value?
    /// `time_emb(mish(e))` of every `ResidualTemporalBlock1D`, by the block's name.
    var biases: [String: Value] = [:]
    /// Where `Session` writes the timesteps.
    var timesteps: Int?
}

extension PlanBuilder {
    /// The time embedding, the MLP, and the projections of all residual temporal blocks as one linear layer.
    /// Source: diffusers 0.26.3, unet_1d.py, UNet1DModel.forward; embeddings.py.
    mutating func timeEmbedding() throws(PlanningError) {
        if !configuration.useTimestepEmbedding {
            guard shape.timesteps == 1 || shape.timesteps == shape.batch else {
                throw .timestepCount(found: shape.timesteps, batch: shape.batch, block: "the time embedding")
            }
        }
        let blocks = configuration.residualTemporalBlocks
        let feedsSample = configuration.downBlockTypes.first == .downBlock1DNoSkip
        guard feedsSample || !blocks.isEmpty || configuration.outBlockType == .valueFunction else { return }

        let embedding = try sinusoidalEmbedding()
        guard configuration.useTimestepEmbedding else {
            time.embedding = embedding
            return
        }
        let c0 = configuration.blockOutChannels[0]
        let hidden = try linear(embedding, ConvolutionWeights(name: "time_mlp.linear_1", outputs: 4 * c0))
        let active = try combine(hidden, name: "time_mlp.act", activation: configuration.actFn)
        let projected = try linear(active, ConvolutionWeights(name: "time_mlp.linear_2", outputs: c0))
        time.projected = projected
        if !blocks.isEmpty { try projectTime(projected, blocks) }
    }

    /// (timesteps, 1, width): cosines and sines.
    private mutating func sinusoidalEmbedding() throws(PlanningError) -> Value {
        let isFourier = configuration.timeEmbeddingType == .fourier
        let width = configuration.timeEmbeddingWidth(fourierFrequencies: fourierFrequencies)
        let half = width / 2
        let frequencies = index(
            of: .frequencies(
                isFourier
                    ? .fourier(tensor: "time_proj.weight", count: half)
                    : .positional(count: half, shift: configuration.freqShift)))
        // Two floats a Double.
        let timesteps = newBuffer(floats: 2 * shape.timesteps)
        time.timesteps = timesteps
        let y = try newValue(batch: shape.timesteps, length: 1, channels: width)
        let arguments = embedding_arguments(
            count: shape.timesteps, half: half, isCosineFirst: configuration.flipSinToCos, roundsTimestep: !isFourier,
            yStride: y.rowStride)
        append(
            Step(
                name: "time_proj", kind: .embedding, inputShape: [shape.timesteps], outputShape: y.shape, tileCount: 1,
                bytesRead: shape.timesteps * 8, bytesWritten: y.bytes, reads: [timesteps], writes: y.buffer),
            .embedding(
                arguments, frequencies: frequencies, timesteps: Location(buffer: timesteps, offset: 0),
                y: y.location()))
        return y
    }

    /// Every block's `time_emb` reads the same mish(e): their weights are stacked into one linear layer.
    private mutating func projectTime(
        _ projected: Value, _ blocks: [(name: String, channels: Int)]
    ) throws(PlanningError) {
        let active = try combine(projected, name: "time_emb.act", activation: .mish, keepingInput: true)
        var weights: [WeightPart] = []
        var biases: [WeightPart] = []
        var column = 0
        for block in blocks {
            weights.append(
                WeightPart(tensor: block.name + ".time_emb.weight", outputs: block.channels, firstColumn: column))
            biases.append(
                WeightPart(tensor: block.name + ".time_emb.bias", outputs: block.channels, firstColumn: column))
            column += padded(block.channels)
        }
        let all = try product(
            [active], name: "time_emb",
            matrix: MatrixRequest(parts: weights, columns: column, sources: [active.channels], taps: 1),
            bias: VectorRequest(parts: biases, count: column), channels: column, kind: .linear)
        for (block, part) in zip(blocks, weights) {
            var value = all
            value.firstChannel = part.firstColumn
            value.channels = block.channels
            time.biases[block.name] = value
        }
    }
}

extension Configuration {
    /// The names and widths of all `ResidualTemporalBlock1D`, in the order of the forward.
    var residualTemporalBlocks: [(name: String, channels: Int)] {
        var result: [(name: String, channels: Int)] = []
        for block in downBlocks where block.type == .downResnetBlock1D {
            result += (0...layers).map { ("\(block.name).resnets.\($0)", block.outChannels) }
        }
        switch midBlockType {
        case .unetMidBlock1D: break
        case .midResTemporalBlock1D: result += (0...layers).map { ("mid_block.resnets.\($0)", midChannels) }
        case .valueFunctionMidBlock1D:
            result += [("mid_block.res1", midChannels / 2), ("mid_block.res2", midChannels / 4)]
        }
        for block in upBlocks where block.type == .upResnetBlock1D {
            result += (0...layers).map { ("\(block.name).resnets.\($0)", block.outChannels) }
        }
        return result
    }
}
