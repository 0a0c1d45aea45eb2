// The layers that blocks are made of: each knows its tensors' names and shapes.

/// A convolution, y[l] = bias + Σ_t w[t] · x[l · stride + t − padding]. Source: torch.nn.Conv1d.
package struct Conv1d: Sendable {
    /// The prefix of its tensors' names.
    package let name: String
    package let inputs: Int
    package let outputs: Int
    package let taps: Int
    package var stride = 1
    package var padding = 0
    package var hasBias = true
    var use = ExpectedTensor.Use.standard
    /// Whether its inputs are those of x, then as many of a skip.
    var readsSkip = false

    /// (outputs, inputs, taps) and (outputs).
    package var tensors: [ExpectedTensor] {
        [
            ExpectedTensor(
                name: name + ".weight", shape: [outputs, inputs, taps], role: .convolution, use: use,
                readsSkip: readsSkip)
        ]
            + (hasBias
                ? [ExpectedTensor(name: name + ".bias", shape: [outputs], role: .bias, inputs: inputs * taps)] : [])
    }

    /// The convolution of a residual block, of an odd width, which keeps the length.
    static func same(
        _ name: String, _ inputs: Int, _ outputs: Int, taps: Int = 5, readsSkip: Bool = false
    ) -> Conv1d {
        Conv1d(name: name, inputs: inputs, outputs: outputs, taps: taps, padding: taps / 2, readsSkip: readsSkip)
    }

    /// The 1×1 convolution that gives a skip connection another width; nil where the widths are equal.
    static func shortcut(
        _ name: String, _ inputs: Int, _ outputs: Int, hasBias: Bool, readsSkip: Bool
    ) -> Conv1d? {
        inputs == outputs
            ? nil
            : Conv1d(
                name: name, inputs: inputs, outputs: outputs, taps: 1, hasBias: hasBias, use: .shortcut,
                readsSkip: readsSkip)
    }

    /// The convolution that halves the length. Source: diffusers 0.26.3, resnet.py, Downsample1D.
    static func halving(_ name: String, _ channels: Int) -> Conv1d {
        Conv1d(name: name, inputs: channels, outputs: channels, taps: 3, stride: 2, padding: 1)
    }
}

/// The transposed convolution of width 4, stride 2, padding 1, which doubles the length.
/// Source: diffusers 0.26.3, resnet.py, Upsample1D.
package struct ConvTranspose1d: Sendable {
    /// The prefix of its tensors' names.
    package let name: String
    /// Inputs, and outputs.
    package let channels: Int

    /// (inputs, outputs, 4) and (outputs).
    package var tensors: [ExpectedTensor] {
        [
            ExpectedTensor(name: name + ".weight", shape: [channels, channels, 4], role: .transposedConvolution),
            // PyTorch counts the outputs of an input.
            ExpectedTensor(name: name + ".bias", shape: [channels], role: .bias, inputs: 4 * channels),
        ]
    }
}

/// y = w · x + bias. Source: torch.nn.Linear.
package struct Linear: Sendable {
    /// The prefix of its tensors' names.
    package let name: String
    package let inputs: Int
    package let outputs: Int
    var use = ExpectedTensor.Use.standard

    /// (outputs, inputs) and (outputs).
    package var tensors: [ExpectedTensor] {
        [
            ExpectedTensor(name: name + ".weight", shape: [outputs, inputs], role: .linear, use: use),
            ExpectedTensor(name: name + ".bias", shape: [outputs], role: .bias, use: use, inputs: inputs),
        ]
    }
}

/// A norm over groups of channels and all positions, eps 1e-5. Source: torch.nn.GroupNorm.
package struct GroupNorm: Sendable {
    /// The prefix of its tensors' names.
    package let name: String
    package let channels: Int
    package var groups = 1

    /// (channels) and (channels).
    package var tensors: [ExpectedTensor] {
        [
            ExpectedTensor(name: name + ".weight", shape: [channels], role: .normGain),
            ExpectedTensor(name: name + ".bias", shape: [channels], role: .normShift),
        ]
    }
}

/// The eight taps of a resampling by two, the same for every channel.
/// Source: diffusers 0.26.3, unet_1d_blocks.py, Downsample1d, Upsample1d.
package struct FIRResampler: Sendable {
    package enum Direction: String, Sendable {
        case down, up
    }
    /// The block that it belongs to.
    package let block: String
    package let direction: Direction

    /// Its module's name.
    package var name: String { "\(block).\(direction.rawValue)" }

    /// (8).
    package var tensors: [ExpectedTensor] {
        [
            ExpectedTensor(
                name: name + ".kernel", shape: [8],
                role: direction == .down ? .downsamplingKernel : .upsamplingKernel)
        ]
    }
}
