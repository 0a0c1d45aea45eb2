import Checkpoint
import KernelArguments

extension PlanBuilder {
    /// y = gelu(norm₂(conv₂(gelu(norm₁(conv₁(x)))))) + skip(x); without norm₂ and the second gelu in the model's last.
    /// Source: diffusers 0.26.3, unet_1d_blocks.py, ResConvBlock.
    mutating func resConvBlock(_ x: [Value], _ block: ResConvBlock) throws(PlanningError) -> Value {
        var h = try conv5(x, block.conv1, place: .resConv)
        let isLate = isReplaceable(x[0], channels: block.outputs)
        var residual = isLate ? x[0] : try skip(x, block.skip, name: block.name + ".conv_skip", out: block.outputs)
        h = try combine(h, name: block.name + ".gelu_1", norm: block.norm1, activation: .gelu)
        if isLate { residual = try skip(x, block.skip, name: block.name + ".conv_skip", out: block.outputs) }
        let y = try conv5([h], block.conv2, place: .resConv)
        return try combine(
            y, name: block.name, norm: block.norm2, activation: block.norm2.map { _ in .gelu }, plus: residual)
    }

    /// x, brought to `out` channels by a 1×1 convolution where it has others. Two sources that have `out` channels together
    /// are summed in place of their concatenation by the identity.
    ///
    /// Runs beside the first convolution; where x can be written over, beside what follows that, once both have read x.
    mutating func skip(_ x: [Value], _ layer: Conv1d?, name: String, out: Int) throws(PlanningError) -> Value {
        if layer == nil, x.count == 1 { return x[0] }
        let replaces = isReplaceable(x[0], channels: out) && isDone(x[0])
        if let layer { return try conv1D(x, layer, joinsPrevious: true, replaces: replaces) }
        return try product(
            x, name: name,
            matrix: MatrixRequest(
                parts: [], columns: padded(out), sources: x.map(\.channels), taps: 1, layout: .identity),
            bias: VectorRequest(parts: [], count: padded(out)), channels: out, kind: .convolution,
            joinsPrevious: true, replaces: replaces)
    }
}
