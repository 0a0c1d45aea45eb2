extension PlanBuilder {
    /// h = mish(norm(conv_in(x))) + time_emb(mish(e)); y = mish(norm(conv_out(h))) + residual(x). Always mish and 8 groups.
    /// Source: diffusers 0.26.3, resnet.py, ResidualTemporalBlock1D, Conv1dBlock.
    mutating func residualTemporalBlock1D(_ x: [Value], _ name: String, out: Int) throws(PlanningError) -> Value {
        guard let bias = time.biases[name] else {
            throw .configuration("\(name) reads the time MLP's result; set use_timestep_embedding to true")
        }
        guard x[0].batch == bias.batch || x[0].batch == 1 || bias.batch == 1 else {
            throw .timestepCount(found: bias.batch, batch: x[0].batch, block: name)
        }
        var h = try conv5(x, name + ".conv_in.conv1d", out: out, normGroups: 8, place: .temporal)
        let isLate = isReplaceable(x[0], channels: out)
        var residual = isLate ? x[0] : try skip(x, name + ".residual_conv", hasBias: true, out: out)
        h = try combine(
            h, name: name + ".conv_in", norm: NormWeights(name: name + ".conv_in.group_norm", groups: 8),
            activation: .mish, bias: bias)
        if isLate { residual = try skip(x, name + ".residual_conv", hasBias: true, out: out) }
        let y = try conv5([h], name + ".conv_out.conv1d", out: out, normGroups: 8, place: .temporal)
        return try combine(
            y, name: name, norm: NormWeights(name: name + ".conv_out.group_norm", groups: 8), activation: .mish,
            plus: residual)
    }

    /// `resnets.0`, then `layers` more.
    mutating func residualTemporalBlocks(_ x: [Value], _ block: String, out: Int) throws(PlanningError) -> Value {
        var y = try residualTemporalBlock1D(x, block + ".resnets.0", out: out)
        for layer in 0..<configuration.layers {
            y = try residualTemporalBlock1D([y], "\(block).resnets.\(layer + 1)", out: out)
        }
        return y
    }
}
