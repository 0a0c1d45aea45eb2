import Checkpoint
import KernelArguments

extension Lowering {
    /// y = proj_attn(softmax(q·kᵀ/√d)·v) + x, with q, k, v of norm(x), heads 32 channels wide or a little more.
    ///
    /// Query, key and value are one product; heads are padded to whole channel blocks in its outputs and in proj_attn's
    /// inputs. Source: diffusers 0.26.3, unet_1d_blocks.py, SelfAttention1d.
    mutating func selfAttention1d(_ x: Value, _ block: SelfAttention1d) throws(PlanningError) -> Value {
        let (name, heads, size) = (block.name, block.heads, block.headSize)
        let padding = HeadPadding(size: size, stride: padded(size))
        let width = heads * padding.stride
        let z = try combine(x, name: name + ".norm", norm: block.norm)
        let projections = [block.query, block.key, block.value].enumerated()
        func parts(_ leaf: String) -> [WeightPart] {
            projections.map { index, part in
                WeightPart(
                    tensor: "\(part.name).\(leaf)", outputs: x.channels, firstColumn: index * width, heads: padding,
                    scale: index == 0 ? Float(1 / Double(size).squareRoot()) : 1)
            }
        }
        let qkv = try linear(
            z,
            Weights(
                name: name + ".qkv",
                matrix: MatrixRequest(parts: parts("weight"), columns: 3 * width, sources: [x.channels], taps: 1),
                bias: VectorRequest(parts: parts("bias"), count: 3 * width)), channels: 3 * width)
        func slice(_ index: Int) -> Value {
            var value = qkv
            value.firstChannel = index * width
            value.channels = width
            return value
        }
        let attended = try attention(
            slice(0), slice(1), slice(2), name: name, heads: Heads(count: heads, size: size))
        let projected = try linear(attended, block.projection, inputHeads: padding)
        return try combine(projected, name: name, plus: x)
    }
}
