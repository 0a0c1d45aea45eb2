import Checkpoint
import KernelArguments

/// The values that blocks read of the timestep.
struct TimeValues {
    /// The sinusoidal embedding, (timesteps, 1, width), for `DownBlock1DNoSkip`.
    var embedding: Value?
    /// The MLP's result, (timesteps, 1, c0), for `ValueFunction`.
    var projected: Value?
    /// `time_emb(mish(e))` of every `ResidualTemporalBlock1D`, by the block's name.
    var conditions: [String: BlockCondition] = [:]
}

/// What a `ResidualTemporalBlock1D` reads of the timestep and of the observation: a row for each batch element, or one for all.
struct BlockCondition {
    /// nil: 1.
    var factor: Value?
    var bias: Value
}

extension Lowering {
    /// What depends on the observation alone, then what depends on the timestep alone, then their sum: the time embedding,
    /// the MLP, and the projections of all residual temporal blocks as one linear layer of each.
    /// Source: diffusers 0.26.3, unet_1d.py, UNet1DModel.forward; embeddings.py.
    mutating func timeEmbedding() throws(PlanningError) {
        if network.mlp == nil {
            guard shape.timesteps == 1 || shape.timesteps == shape.batch else {
                throw .timestepCount(found: shape.timesteps, batch: shape.batch, block: "the time embedding")
            }
        }
        guard network.readsTimestep else { return }
        let blocks = network.residualTemporalBlocks
        let observed = try observation(blocks)
        observationLines = lines.count
        let embedding = try sinusoidalEmbedding(network.time)
        guard let mlp = network.mlp else {
            time.embedding = embedding
            stepLines = lines.count
            return
        }
        let hidden = try linear(embedding, mlp.linear1)
        let active = try combine(hidden, name: "time_mlp.act", activation: mlp.activation)
        let projected = try linear(active, mlp.linear2)
        time.projected = projected
        kept.insert(projected.buffer)
        guard !blocks.isEmpty else {
            stepLines = lines.count
            return
        }
        let stepWidth = network.condition?.stepWidth ?? projected.channels
        let step = try projections(
            of: projected, blocks, name: "time_emb", inputs: 0..<stepWidth, hasBias: observed == nil)
        stepLines = lines.count
        guard let observed else { return setConditions(blocks, step) }
        kept.formUnion([observed.buffer, step.buffer])
        setConditions(blocks, try combine(step, name: "cond_encoder", plus: observed))
    }

    /// The blocks' projections of the global condition, where there is one; and the local condition as rows, which a block
    /// encodes later, as that reads the timestep, too.
    private mutating func observation(_ blocks: [ResidualTemporalBlock1D]) throws(PlanningError) -> Value? {
        guard let condition = network.condition else { return nil }
        if let local = condition.local {
            let rows = try gather(.localCondition, channels: local.width, length: shape.length)
            kept.insert(rows.buffer)
            localRows = rows
        }
        guard condition.globalWidth > 0 else { return nil }
        let rows = try gather(.globalCondition, channels: condition.globalWidth, length: 1)
        let first = condition.stepWidth
        let projected = try projections(
            of: rows, blocks, name: "global_cond", inputs: first..<first + condition.globalWidth, hasBias: true)
        observed = projected
        return projected
    }

    /// What the first level adds: the local condition, encoded.
    mutating func encodeLocalCondition() throws(PlanningError) {
        guard let local = network.condition?.local, let localRows else { return }
        localFeatures = try residualTemporalBlock1D([localRows], local.encoder)
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

    /// Every block's projection of mish(x), which it reads some inputs of: their weights are stacked into one linear layer.
    ///
    /// - Parameter inputs: those of the layers' inputs that x is.
    private mutating func projections(
        of x: Value, _ blocks: [ResidualTemporalBlock1D], name: String, inputs: Range<Int>, hasBias: Bool
    ) throws(PlanningError) -> Value {
        let active = try combine(x, name: name + ".act", activation: .mish)
        let parts = projectionParts(blocks)
        let weights = zip(blocks, parts.columns).map { block, column in
            var part = WeightPart(
                tensor: block.timeEmbedding.name + ".weight", outputs: block.timeEmbedding.outputs, firstColumn: column,
                heads: block.columnsOfHalves)
            if inputs.count < block.timeEmbedding.inputs {
                part.inputs = InputSlice(first: inputs.lowerBound, of: block.timeEmbedding.inputs)
            }
            return part
        }
        let biases = zip(blocks, parts.columns).map { block, column in
            WeightPart(
                tensor: block.timeEmbedding.name + ".bias", outputs: block.timeEmbedding.outputs, firstColumn: column,
                heads: block.columnsOfHalves)
        }
        return try linear(
            active,
            Weights(
                name: name,
                matrix: MatrixRequest(parts: weights, columns: parts.end, sources: [active.channels], taps: 1),
                bias: VectorRequest(parts: hasBias ? biases : [], count: parts.end)), channels: parts.end)
    }

    /// The column of each block's projection, and how many there are.
    private func projectionParts(_ blocks: [ResidualTemporalBlock1D]) -> (columns: [Int], end: Int) {
        var columns: [Int] = []
        var end = 0
        for block in blocks {
            columns.append(end)
            end += padded(block.outputs) * (block.hasFactor ? 2 : 1)
        }
        return (columns, end)
    }

    /// Gives each block its slices of all projections.
    private mutating func setConditions(_ blocks: [ResidualTemporalBlock1D], _ all: Value) {
        for (block, column) in zip(blocks, projectionParts(blocks).columns) {
            var (factor, bias) = (all, all)
            factor.firstChannel = column
            bias.firstChannel = column + (block.hasFactor ? padded(block.outputs) : 0)
            (factor.channels, bias.channels) = (block.outputs, block.outputs)
            time.conditions[block.name] = BlockCondition(factor: block.hasFactor ? factor : nil, bias: bias)
        }
    }
}

extension ResidualTemporalBlock1D {
    /// Factors and biases begin at whole channel blocks; nil where there are no factors.
    fileprivate var columnsOfHalves: HeadPadding? {
        hasFactor ? HeadPadding(size: outputs, stride: padded(outputs)) : nil
    }
}
