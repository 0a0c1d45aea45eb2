/// h = mish(norm(conv_in(x))) + time_emb(mish(e)); y = mish(norm(conv_out(h))) + residual(x). Always mish.
/// With a factor, h = f · mish(norm(conv_in(x))) + g, where [f, g] = time_emb(mish(e)).
///
/// Sources: diffusers 0.26.3, resnet.py, ResidualTemporalBlock1D, Conv1dBlock; real-stanford/diffusion_policy,
/// conditional_unet1d.py, ConditionalResidualBlock1D. Perez et al. 2018, "FiLM", arXiv 1709.07871.
package struct ResidualTemporalBlock1D: Sendable {
    /// Groups of its norms in diffusers.
    static let groups = 8

    package let name: String
    package let convIn: Conv1d
    package let normIn: GroupNorm
    package let convOut: Conv1d
    package let normOut: GroupNorm
    /// The projection of the condition: of the time embedding, and of the observation where the model reads one.
    package let timeEmbedding: Linear
    /// Whether the condition gives a factor for each channel, too: `timeEmbedding` then has twice the outputs, factors first.
    package let hasFactor: Bool
    /// nil: x as it is.
    package let residual: Conv1d?

    init(_ name: String, in inputs: Int, out: Int, timeWidth: Int, readsSkip: Bool = false) {
        self.name = name
        convIn = .same(name + ".conv_in.conv1d", inputs, out, readsSkip: readsSkip)
        normIn = GroupNorm(name: name + ".conv_in.group_norm", channels: out, groups: Self.groups)
        convOut = .same(name + ".conv_out.conv1d", out, out)
        normOut = GroupNorm(name: name + ".conv_out.group_norm", channels: out, groups: Self.groups)
        timeEmbedding = Linear(name: name + ".time_emb", inputs: timeWidth, outputs: out)
        hasFactor = false
        residual = .shortcut(name + ".residual_conv", inputs, out, hasBias: true, readsSkip: readsSkip)
    }

    /// A block under the names of `ConditionalUnet1D`.
    init(
        _ name: String, in inputs: Int, out: Int, _ configuration: ConditionalUnet1DConfiguration,
        readsSkip: Bool = false
    ) {
        let (taps, groups) = (configuration.kernelSize, configuration.nGroups)
        self.name = name
        convIn = .same(name + ".blocks.0.block.0", inputs, out, taps: taps, readsSkip: readsSkip)
        normIn = GroupNorm(name: name + ".blocks.0.block.1", channels: out, groups: groups)
        convOut = .same(name + ".blocks.1.block.0", out, out, taps: taps)
        normOut = GroupNorm(name: name + ".blocks.1.block.1", channels: out, groups: groups)
        hasFactor = configuration.condPredictScale
        timeEmbedding = Linear(
            name: name + ".cond_encoder.1", inputs: configuration.conditionWidth, outputs: hasFactor ? 2 * out : out)
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

    /// The two blocks of a level of `ConditionalUnet1D`.
    static func pair(
        _ level: String, in inputs: Int, out: Int, _ configuration: ConditionalUnet1DConfiguration,
        readsSkip: Bool = false
    ) -> [ResidualTemporalBlock1D] {
        (0..<2).map { i in
            ResidualTemporalBlock1D(
                "\(level).\(i)", in: i == 0 ? inputs : out, out: out, configuration, readsSkip: readsSkip && i == 0)
        }
    }
}
