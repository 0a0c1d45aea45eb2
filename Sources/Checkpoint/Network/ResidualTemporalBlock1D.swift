/// h = mish(norm(conv_in(x))) + time_emb(mish(e)); y = mish(norm(conv_out(h))) + residual(x). Always mish and 8 groups.
/// Source: diffusers 0.26.3, resnet.py, ResidualTemporalBlock1D, Conv1dBlock.
package struct ResidualTemporalBlock1D: Sendable {
    /// Groups of its norms.
    static let groups = 8

    package let name: String
    package let convIn: Conv1d
    package let normIn: GroupNorm
    package let convOut: Conv1d
    package let normOut: GroupNorm
    package let timeEmbedding: Linear
    /// nil: x as it is.
    package let residual: Conv1d?

    init(_ name: String, in inputs: Int, out: Int, timeWidth: Int, readsSkip: Bool = false) {
        self.name = name
        convIn = .five(name + ".conv_in.conv1d", inputs, out, readsSkip: readsSkip)
        normIn = GroupNorm(name: name + ".conv_in.group_norm", channels: out, groups: Self.groups)
        convOut = .five(name + ".conv_out.conv1d", out, out)
        normOut = GroupNorm(name: name + ".conv_out.group_norm", channels: out, groups: Self.groups)
        timeEmbedding = Linear(name: name + ".time_emb", inputs: timeWidth, outputs: out)
        residual = .shortcut(name + ".residual_conv", inputs, out, hasBias: true, readsSkip: readsSkip)
    }

    package var outputs: Int { convOut.outputs }

    package var tensors: [ExpectedTensor] {
        convIn.tensors + normIn.tensors + convOut.tensors + normOut.tensors + timeEmbedding.tensors
            + (residual?.tensors ?? [])
    }

    /// `resnets.0` of a block, then as many more as the configuration has layers.
    static func blocks(
        _ block: String, in inputs: Int, out: Int, _ configuration: UNet1DConfiguration, readsSkip: Bool = false
    ) -> [ResidualTemporalBlock1D] {
        (0...max(0, configuration.layersPerBlock)).map { i in
            ResidualTemporalBlock1D(
                "\(block).resnets.\(i)", in: i == 0 ? inputs : out, out: out,
                timeWidth: configuration.blockOutChannels[0], readsSkip: readsSkip && i == 0)
        }
    }
}
