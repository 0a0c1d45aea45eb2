import Checkpoint

extension Lowering {
    /// h = mish(norm(conv_in(x))) + time_emb(mish(e)); y = mish(norm(conv_out(h))) + residual(x).
    /// Source: diffusers 0.26.3, resnet.py, ResidualTemporalBlock1D, Conv1dBlock.
    mutating func residualTemporalBlock1D(
        _ x: [Value], _ block: ResidualTemporalBlock1D
    ) throws(PlanningError) -> Value {
        let bias = try timeBias(of: block, batch: x[0].batch)
        let c = try conv5(x, block.convIn, place: .temporal)
        let h = try combine(c, name: block.name + ".conv_in", norm: block.normIn, activation: .mish, bias: bias)
        let y = try conv5([h], block.convOut, place: .temporal)
        let residual = try skip(x, block.residual, name: block.name + ".residual_conv", out: block.outputs)
        return try combine(y, name: block.name, norm: block.normOut, activation: .mish, plus: residual)
    }

    /// `time_emb(mish(e))` of a block: one for all batch elements, or one for each.
    private func timeBias(of block: ResidualTemporalBlock1D, batch: Int) throws(PlanningError) -> Value {
        guard let bias = time.biases[block.name] else {
            preconditionFailure("\(block.name) has no projection of the time embedding")
        }
        guard batch == bias.batch || batch == 1 || bias.batch == 1 else {
            throw .timestepCount(found: bias.batch, batch: batch, block: block.name)
        }
        return bias
    }

    /// Residual temporal blocks, one after another.
    mutating func residualTemporalBlocks(
        _ x: [Value], _ blocks: [ResidualTemporalBlock1D]
    ) throws(PlanningError) -> Value {
        var sources = x
        for block in blocks { sources = [try residualTemporalBlock1D(sources, block)] }
        return sources[0]
    }
}
