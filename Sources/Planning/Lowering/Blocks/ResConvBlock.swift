import Checkpoint

extension Lowering {
    /// y = gelu(norm₂(conv₂(gelu(norm₁(conv₁(x)))))) + skip(x); without norm₂ and the second gelu in the model's last.
    /// Source: diffusers 0.26.3, unet_1d_blocks.py, ResConvBlock.
    mutating func resConvBlock(_ x: [Value], _ block: ResConvBlock) throws(PlanningError) -> Value {
        let c = try convSame(x, block.conv1, place: .resConv)
        let h = try combine(c, name: block.name + ".gelu_1", norm: block.norm1, activation: .gelu)
        let y = try convSame([h], block.conv2, place: .resConv)
        let residual = try skip(x, block.skip, name: block.name + ".conv_skip", out: block.outputs)
        return try combine(
            y, name: block.name, norm: block.norm2, activation: block.norm2.map { _ in .gelu }, plus: residual)
    }
}
