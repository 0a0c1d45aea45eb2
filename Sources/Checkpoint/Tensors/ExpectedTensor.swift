/// A tensor that a checkpoint must hold: its name in diffusers' state dict and its exact shape.
public struct ExpectedTensor: Sendable, Hashable {
    /// Name in the state dict, for example `down_blocks.0.resnets.0.conv_1.weight`.
    public let name: String
    /// Shape, row-major.
    public let shape: [Int]
    /// What it is for.
    public let role: Role

    /// What a tensor is for.
    public enum Role: Sendable, Hashable, CaseIterable {
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

    /// Elements.
    public var count: Int { shape.reduce(1, *) }
}
