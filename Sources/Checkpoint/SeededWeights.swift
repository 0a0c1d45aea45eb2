/// The recipe of one tensor of seeded random weights, the same in any language:
/// value(i) = offset + scale(i) · v(i), each operation rounded once to Float, where v(i) is uniform in [−1, 1):
/// z = splitmix64(hash + (i + 1) · 0x9E3779B97F4A7C15), v = ((z >> 40) − 2²³) / 2²³, hash = FNV-1a 64 of the name XOR the seed.
///
/// Scales keep activations near unit variance: gain · √(3 / inputs of an output) for what multiplies, fixed ones for
/// biases, norms and frequencies. Resampling kernels are the constants that diffusers ships.
package struct SeededTensor: Sendable, Equatable {
    /// FNV-1a 64 of the tensor's name XOR the seed.
    package let hash: UInt64
    package let count: Int
    /// Elements a period: those of one output channel, or all.
    package let period: Int
    /// Elements at the start of each period that have `firstScale`; the others have `secondScale`.
    package let split: Int
    /// Scale of the first input channels: those that come from x where a skip is concatenated.
    package let firstScale: Float
    /// Scale of the other input channels.
    package let secondScale: Float
    /// 1 for gains of norms, else 0.
    package let offset: Float
    /// The values themselves, where they are not random: resampling kernels. Else empty.
    package let constants: [Float]

    /// The value of element `i`.
    package func value(at i: Int) -> Float {
        if !constants.isEmpty { return constants[i] }
        let scaled = uniform(at: i) * (i % period < split ? firstScale : secondScale)
        return offset == 0 ? scaled : offset + scaled
    }

    /// Calls `body` with runs of elements that share a scale, in order, covering all; for tensors without constants.
    package func forEachRun(_ body: (_ elements: Range<Int>, _ scale: Float) -> Void) {
        for start in stride(from: 0, to: count, by: max(1, period)) {
            if split > 0 { body(start..<start + split, firstScale) }
            if split < period { body(start + split..<start + period, secondScale) }
        }
    }

    /// v(i), by splitmix64.
    private func uniform(at i: Int) -> Float {
        var z = hash &+ (UInt64(i) &+ 1) &* 0x9E37_79B9_7F4A_7C15
        z ^= z >> 30
        z &*= 0xBF58_476D_1CE4_E5B9
        z ^= z >> 27
        z &*= 0x94D0_49BB_1331_11EB
        z ^= z >> 31
        return Float(Int(z >> 40) - 1 << 23) / 0x1p23
    }
}

/// Seeded random weights for a configuration without checkpoint.
package enum SeededWeights {
    /// The seed that is used unless another is given.
    package static let defaultSeed: UInt64 = 20_240_203

    /// The recipe of an expected tensor.
    package static func recipe(_ tensor: ExpectedTensor, seed: UInt64 = defaultSeed) -> SeededTensor {
        var (first, second, offset): (Float, Float, Float)
        var (period, split) = (tensor.count, tensor.count)
        var constants: [Float] = []
        switch tensor.role {
        case .downsamplingKernel, .upsamplingKernel:
            (first, second, offset) = (0, 0, 0)
            constants = taps.map { tensor.role == .upsamplingKernel ? 2 * $0 : $0 }
        case .fourierFrequencies: (first, second, offset) = (1.5, 1.5, 0)
        case .normGain: (first, second, offset) = (0.5, 0.5, 1)
        case .normShift: (first, second, offset) = (0.5, 0.5, 0)
        case .bias:
            let scale: Float = tensor.use == .query ? 1.7 : 0.4
            (first, second, offset) = (scale, scale, 0)
        case .linear, .convolution, .transposedConvolution:
            let inputs = tensor.role == .transposedConvolution ? 2 * tensor.shape[0] : tensor.count / tensor.shape[0]
            let scale = tensor.use.gain * (3 / Double(inputs)).squareRoot()
            (first, second, offset) = (Float(scale), Float(scale), 0)
            if tensor.readsSkip {
                period = tensor.count / tensor.shape[0]
                split = tensor.shape[1] / 2 * (period / tensor.shape[1])
                (first, second) = (Float(scale * 1.3), Float(scale * 0.6))
            }
        }
        return SeededTensor(
            hash: hash(tensor.name) ^ seed, count: tensor.count, period: period, split: split, firstScale: first,
            secondScale: second, offset: offset, constants: constants)
    }

    /// The recipe of a sample of `count` elements of unit variance.
    package static func sample(count: Int, seed: UInt64 = defaultSeed) -> SeededTensor {
        SeededTensor(
            hash: hash("sample") ^ seed, count: count, period: count, split: count, firstScale: 1.7320508,
            secondScale: 1.7320508, offset: 0, constants: [])
    }

    /// The taps of diffusers' cubic filter before halving. Source: diffusers 0.26.3, unet_1d_blocks.py, `_kernels`.
    static let taps: [Float] = [-3, -9, 29, 111, 111, 29, -9, -3].map { $0 / 256 }

    /// FNV-1a, 64 bits, of the name's UTF-8.
    static func hash(_ name: String) -> UInt64 {
        name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}

extension ExpectedTensor.Use {
    /// The deviation of a layer's output for inputs of unit variance.
    fileprivate var gain: Double {
        switch self {
        case .query, .key: 2.0
        case .value: 1.7
        case .shortcut: 0.9
        case .standard: 1.2
        }
    }
}
