import Checkpoint

extension Lowering {
    /// h = factor · mish(norm(conv_in(x))) + bias; y = mish(norm(conv_out(h))) + residual(x), where factor and bias are
    /// `time_emb(mish(e))`; most models have no factor.
    /// Sources: diffusers 0.26.3, resnet.py, ResidualTemporalBlock1D, Conv1dBlock; real-stanford/diffusion_policy,
    /// conditional_unet1d.py, ConditionalResidualBlock1D.
    mutating func residualTemporalBlock1D(
        _ x: [Value], _ block: ResidualTemporalBlock1D
    ) throws(PlanningError) -> Value {
        let condition = try condition(of: block, batch: x[0].batch)
        let c = try convSame(x, block.convIn, place: .temporal)
        let h = try combine(
            c, name: block.name + ".conv_in", norm: block.normIn, activation: .mish, times: condition.factor,
            bias: condition.bias)
        let y = try convSame([h], block.convOut, place: .temporal)
        let residual = try skip(x, block.residual, name: block.name + ".residual_conv", out: block.outputs)
        return try combine(y, name: block.name, norm: block.normOut, activation: .mish, plus: residual)
    }

    /// `time_emb(mish(e))` of a block: one for all batch elements, or one for each.
    private func condition(of block: ResidualTemporalBlock1D, batch: Int) throws(PlanningError) -> BlockCondition {
        guard let condition = time.conditions[block.name] else {
            preconditionFailure("\(block.name) has no projection of the time embedding")
        }
        let count = condition.bias.batch
        guard batch == count || batch == 1 || count == 1 else {
            throw .timestepCount(found: count, batch: batch, block: block.name)
        }
        return condition
    }

    /// Residual temporal blocks, one after another.
    ///
    /// - Parameter addend: what is added to the first one's result; nil: nothing.
    mutating func residualTemporalBlocks(
        _ x: [Value], _ blocks: [ResidualTemporalBlock1D], addingToFirst addend: Value? = nil
    ) throws(PlanningError) -> Value {
        var sources = x
        for (index, block) in blocks.enumerated() {
            sources = [try residualTemporalBlock1D(sources, block)]
            if index == 0, let addend {
                sources = [try combine(sources[0], name: block.name + ".local_cond", plus: addend)]
            }
        }
        return sources[0]
    }
}
