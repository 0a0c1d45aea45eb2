/// A tensor that a checkpoint must hold: its name in diffusers' state dict and its exact shape.
package struct ExpectedTensor: Sendable, Hashable {
    /// Name in the state dict, for example `down_blocks.0.resnets.0.conv_1.weight`.
    package let name: String
    /// Shape, row-major.
    package let shape: [Int]
    package let role: Role
    /// What its layer is for, which decides the scale of seeded weights.
    var use = Use.standard
    /// Whether the first half of its inputs are those of x, and the others those of a skip.
    var readsSkip = false
    /// Numbers that an output of its layer sums, which the shape of a bias does not tell; 0 for other tensors.
    var inputs = 0

    /// What a layer is for.
    enum Use: Sendable, Hashable {
        /// Anything else.
        case standard
        /// Queries, or keys, of attention.
        case query, key
        /// Values of attention, or its output.
        case value
        /// The 1×1 convolution of a skip connection.
        case shortcut
    }

    /// What a tensor is for.
    package enum Role: Sendable, Hashable, CaseIterable {
        /// (out, in) of a linear layer.
        case linear
        /// (out, in, taps) of a convolution.
        case convolution
        /// (in, out, taps) of a transposed convolution.
        case transposedConvolution
        /// (out) of a linear layer or a convolution.
        case bias
        /// (channels), the factor of a norm.
        case normGain
        /// (channels), the summand of a norm.
        case normShift
        /// (8) taps of the FIR filter before halving.
        case downsamplingKernel
        /// (8) taps of the FIR filter after doubling.
        case upsamplingKernel
        /// (frequencies) of the Fourier embedding, in turns a unit of time.
        case fourierFrequencies
    }

    package var count: Int { shape.reduce(1, *) }
}
