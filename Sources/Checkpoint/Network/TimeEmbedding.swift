/// The sinusoidal embedding of a timestep. Source: diffusers 0.26.3, embeddings.py, GaussianFourierProjection, Timesteps.
package struct TimeEmbedding: Sendable {
    package enum Frequencies: Sendable {
        /// 2π times the tensor of that name.
        case fourier(tensor: String)
        /// A geometric series: exp(−ln(10000) · k / (count − shift)).
        case positional(shift: Double)
    }

    package let frequencies: Frequencies
    /// Values: a cosine and a sine of each frequency, and a zero where it is odd.
    package let width: Int
    package let cosinesFirst: Bool

    init(_ configuration: UNet1DConfiguration, fourierFrequencies: Int) {
        frequencies =
            configuration.timeEmbeddingType == .fourier
            ? .fourier(tensor: "time_proj.weight") : .positional(shift: configuration.freqShift)
        width = configuration.timeEmbeddingWidth(fourierFrequencies: fourierFrequencies)
        cosinesFirst = configuration.flipSinToCos
    }

    /// Sines, then cosines, of exp(−ln(10000) · k / (half − 1)). Source: real-stanford/diffusion_policy, SinusoidalPosEmb.
    init(positionalWidth width: Int) {
        (frequencies, self.width, cosinesFirst) = (.positional(shift: 1), width, false)
    }

    package var tensors: [ExpectedTensor] {
        if case .fourier(let tensor) = frequencies {
            [ExpectedTensor(name: tensor, shape: [width / 2], role: .fourierFrequencies)]
        } else {
            []
        }
    }
}

/// e = linear₂(act(linear₁(embedding))). Source: diffusers 0.26.3, embeddings.py, TimestepEmbedding.
package struct TimeMLP: Sendable {
    package let linear1: Linear
    package let activation: Activation
    package let linear2: Linear

    init(in inputs: Int, _ check: NetworkCheck) throws(CheckpointError) {
        let width = check.configuration.blockOutChannels[0]
        linear1 = Linear(name: "time_mlp.linear_1", inputs: inputs, outputs: 4 * width)
        activation = try check.activation()
        linear2 = Linear(name: "time_mlp.linear_2", inputs: 4 * width, outputs: width)
    }

    /// The encoder of the step of a `ConditionalUnet1D`, as wide as its embedding.
    init(stepEncoder width: Int) {
        linear1 = Linear(name: "diffusion_step_encoder.1", inputs: width, outputs: 4 * width)
        activation = .mish
        linear2 = Linear(name: "diffusion_step_encoder.3", inputs: 4 * width, outputs: width)
    }

    package var tensors: [ExpectedTensor] { linear1.tensors + linear2.tensors }
}
