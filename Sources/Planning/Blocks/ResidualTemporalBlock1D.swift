import Checkpoint

extension PlanBuilder {
    /// h = mish(norm(conv_in(x))) + time_emb(mish(e)); y = mish(norm(conv_out(h))) + residual(x).
    /// Source: diffusers 0.26.3, resnet.py, ResidualTemporalBlock1D, Conv1dBlock.
    mutating func residualTemporalBlock1D(
        _ x: [Value], _ block: ResidualTemporalBlock1D
    ) throws(PlanningError) -> Value {
        guard let bias = time.biases[block.name] else {
            preconditionFailure("\(block.name) has no projection of the time embedding")
        }
        guard x[0].batch == bias.batch || x[0].batch == 1 || bias.batch == 1 else {
            throw .timestepCount(found: bias.batch, batch: x[0].batch, block: block.name)
        }
        let (name, out) = (block.name + ".residual_conv", block.outputs)
        var h = try conv5(x, block.convIn, normGroups: block.normIn.groups, place: .temporal)
        let isLate = isReplaceable(x[0], channels: out)
        var residual = isLate ? x[0] : try skip(x, block.residual, name: name, out: out)
        h = try combine(h, name: block.name + ".conv_in", norm: block.normIn, activation: .mish, bias: bias)
        if isLate { residual = try skip(x, block.residual, name: name, out: out) }
        let y = try conv5([h], block.convOut, normGroups: block.normOut.groups, place: .temporal)
        return try combine(y, name: block.name, norm: block.normOut, activation: .mish, plus: residual)
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
