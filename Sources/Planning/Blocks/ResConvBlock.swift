extension PlanBuilder {
    /// y = gelu(norm₂(conv₂(gelu(norm₁(conv₁(x)))))) + skip(x); without norm₂ and the second gelu where `isLast`.
    /// Source: diffusers 0.26.3, unet_1d_blocks.py, ResConvBlock.
    mutating func resConvBlock(
        _ x: [Value], _ name: String, mid: Int, out: Int, isLast: Bool = false
    ) throws(PlanningError) -> Value {
        var h = try conv5(x, name + ".conv_1", out: mid, place: .resConv)
        let isLate = isReplaceable(x[0], channels: out)
        var residual = isLate ? x[0] : try skip(x, name + ".conv_skip", hasBias: false, out: out)
        h = try combine(
            h, name: name + ".gelu_1", norm: NormWeights(name: name + ".group_norm_1", groups: 1), activation: .gelu)
        if isLate { residual = try skip(x, name + ".conv_skip", hasBias: false, out: out) }
        let y = try conv5([h], name + ".conv_2", out: out, place: .resConv)
        return isLast
            ? try combine(y, name: name, plus: residual)
            : try combine(
                y, name: name, norm: NormWeights(name: name + ".group_norm_2", groups: 1), activation: .gelu,
                plus: residual)
    }

    /// x, brought to `out` channels by a 1×1 convolution where it has others. Two sources that have `out` channels together
    /// are summed in place of their concatenation by the identity.
    ///
    /// Runs beside the first convolution; where x can be written over, beside what follows that, once both have read x.
    mutating func skip(_ x: [Value], _ name: String, hasBias: Bool, out: Int) throws(PlanningError) -> Value {
        if x.count == 1 && x[0].channels == out { return x[0] }
        let replaces = isReplaceable(x[0], channels: out) && isDone(x[0])
        if x.map(\.channels).reduce(0, +) == out {
            return try product(
                x, name: name,
                matrix: MatrixRequest(
                    parts: [], columns: padded(out), sources: x.map(\.channels), taps: 1, layout: .identity),
                bias: VectorRequest(parts: [], count: padded(out)), channels: out, kind: .convolution,
                joinsPrevious: true, replaces: replaces)
        }
        return try conv1D(
            x, ConvolutionWeights(name: name, hasBias: hasBias, outputs: out), taps: 1, joinsPrevious: true,
            replaces: replaces)
    }
}
