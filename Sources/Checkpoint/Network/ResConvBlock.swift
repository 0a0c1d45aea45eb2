/// y = gelu(norm₂(conv₂(gelu(norm₁(conv₁(x)))))) + skip(x); without norm₂ and the second gelu where it is the model's last.
/// Source: diffusers 0.26.3, unet_1d_blocks.py, ResConvBlock.
package struct ResConvBlock: Sendable {
    package let name: String
    package let conv1: Conv1d
    package let norm1: GroupNorm
    package let conv2: Conv1d
    /// nil: the block ends with `conv2`.
    package let norm2: GroupNorm?
    /// nil: x as it is.
    package let skip: Conv1d?

    init(
        _ name: String, in inputs: Int, mid: Int, out: Int, isLast: Bool = false, readsSkip: Bool = false
    ) {
        self.name = name
        conv1 = .same(name + ".conv_1", inputs, mid, readsSkip: readsSkip)
        norm1 = GroupNorm(name: name + ".group_norm_1", channels: mid)
        conv2 = .same(name + ".conv_2", mid, out)
        norm2 = isLast ? nil : GroupNorm(name: name + ".group_norm_2", channels: out)
        skip = .shortcut(name + ".conv_skip", inputs, out, hasBias: false, readsSkip: readsSkip)
    }

    package var outputs: Int { conv2.outputs }

    package var tensors: [ExpectedTensor] {
        (skip?.tensors ?? []) + conv1.tensors + norm1.tensors + conv2.tensors + (norm2?.tensors ?? [])
    }
}

/// A `ResConvBlock`, and the attention after it where its block has some.
package struct ConvolutionLayer: Sendable {
    package let resnet: ResConvBlock
    package let attention: SelfAttention1d?

    package var tensors: [ExpectedTensor] { resnet.tensors + (attention?.tensors ?? []) }

    /// `count` layers, all `mid` wide but for the last, which gives `out` channels.
    static func layers(
        _ block: String, count: Int, in inputs: Int, mid: Int, out: Int, attends: Bool = false, endsPlain: Bool = false,
        readsSkip: Bool = false
    ) -> [ConvolutionLayer] {
        (0..<count).map { i in
            let isLast = i == count - 1
            let width = isLast ? out : mid
            return ConvolutionLayer(
                resnet: ResConvBlock(
                    "\(block).resnets.\(i)", in: i == 0 ? inputs : mid, mid: mid, out: width,
                    isLast: isLast && endsPlain, readsSkip: readsSkip && i == 0),
                attention: attends ? SelfAttention1d("\(block).attentions.\(i)", channels: width) : nil)
        }
    }
}
