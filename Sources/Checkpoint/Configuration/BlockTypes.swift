// The closed sets of names in config.json. Raw values are diffusers' own names.

/// Types of down blocks. Source: diffusers 0.26.3, unet_1d_blocks.py, `get_down_block`.
public enum DownBlockType: String, Sendable, Hashable, CaseIterable {
    /// Concatenates the time embedding to the sample, then three residual convolutions.
    case downBlock1DNoSkip = "DownBlock1DNoSkip"
    /// FIR downsampling, then three residual convolutions.
    case downBlock1D = "DownBlock1D"
    /// FIR downsampling, then three residual convolutions, each followed by attention.
    case attnDownBlock1D = "AttnDownBlock1D"
    /// Residual temporal blocks, then a strided convolution.
    case downResnetBlock1D = "DownResnetBlock1D"
}

/// Types of up blocks. Source: diffusers 0.26.3, unet_1d_blocks.py, `get_up_block`.
public enum UpBlockType: String, Sendable, Hashable, CaseIterable {
    /// Three residual convolutions, the last without norm; no upsampling.
    case upBlock1DNoSkip = "UpBlock1DNoSkip"
    /// Three residual convolutions, then FIR upsampling.
    case upBlock1D = "UpBlock1D"
    /// Three residual convolutions, each followed by attention, then FIR upsampling.
    case attnUpBlock1D = "AttnUpBlock1D"
    /// Residual temporal blocks, then a transposed convolution.
    case upResnetBlock1D = "UpResnetBlock1D"
}

/// Types of mid blocks. Source: diffusers 0.26.3, unet_1d_blocks.py, `get_mid_block`.
public enum MidBlockType: String, Sendable, Hashable, CaseIterable {
    /// FIR downsampling, six residual convolutions with attention, FIR upsampling.
    case unetMidBlock1D = "UNetMidBlock1D"
    /// Residual temporal blocks.
    case midResTemporalBlock1D = "MidResTemporalBlock1D"
    /// Two residual temporal blocks, each halving channels and length.
    case valueFunctionMidBlock1D = "ValueFunctionMidBlock1D"
}

/// Types of out blocks. Source: diffusers 0.26.3, unet_1d_blocks.py, `get_out_block`.
public enum OutBlockType: Sendable, Hashable {
    /// Convolution, norm, activation, convolution.
    case outConv1DBlock
    /// The value head: one number a batch element.
    case valueFunction
    /// Any other value: no out block, yet the last up block has the first level's width, as if there were one.
    case other(String)

    /// The type of that name.
    public init(name: String) {
        switch name {
        case "OutConv1DBlock": self = .outConv1DBlock
        case "ValueFunction": self = .valueFunction
        default: self = .other(name)
        }
    }

    /// diffusers' name.
    public var name: String {
        switch self {
        case .outConv1DBlock: "OutConv1DBlock"
        case .valueFunction: "ValueFunction"
        case .other(let name): name
        }
    }
}

/// How a timestep becomes a vector. Source: diffusers 0.26.3, unet_1d.py.
public enum TimeEmbeddingType: String, Sendable, Hashable, CaseIterable {
    /// Cosines and sines of stored random frequencies.
    case fourier
    /// Cosines and sines of a geometric series of frequencies.
    case positional
}

/// Activation functions. Source: diffusers 0.26.3, activations.py; `gelu` is the exact (erf) form.
public enum Activation: String, Sendable, Hashable, CaseIterable {
    /// x · sigmoid(x); diffusers also calls it `swish`.
    case silu
    /// x · tanh(softplus(x)).
    case mish
    /// x · Φ(x).
    case gelu
    /// max(x, 0).
    case relu

    /// The function of that name, whatever the case of its letters; nil where diffusers knows none.
    public init?(name: String) {
        let lowered = name.lowercased()
        if lowered == "swish" {
            self = .silu
        } else if let known = Activation(rawValue: lowered) {
            self = known
        } else {
            return nil
        }
    }
}
