/// The recipe of one tensor of seeded random weights, the same in any language:
/// value(i) = offset + scale(i) · v(i), each operation rounded once to Float, with
/// z(i) = splitmix64(hash + (i + 1) · 0x9E3779B97F4A7C15) and hash = FNV-1a 64 of the name XOR the seed.
/// Uniform in [−1, 1): v = ((z >> 40) − 2²³) / 2²³. Normal: v = Float(`NormalNumber.value`(z)).
package struct SeededTensor: Sendable, Equatable {
    /// What v is.
    package enum Distribution: Sendable, Hashable {
        /// Uniform in [−1, 1).
        case uniform
        /// Normal with mean 0 and deviation 1.
        case normal
        /// Nothing random: `constants`.
        case constant
    }

    /// FNV-1a 64 of the tensor's name XOR the seed.
    package let hash: UInt64
    /// Elements.
    package let count: Int
    /// What v is.
    package var distribution = Distribution.uniform
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
    /// The values themselves, where they are not random. Else empty.
    package let constants: [Float]

    /// The value of element `i`.
    package func value(at i: Int) -> Float {
        let number: Float
        switch distribution {
        case .constant: return constants[i]
        case .uniform: number = Float(Int(bits(at: i) >> 40) - 1 << 23) / 0x1p23
        case .normal: number = Float(NormalNumber.value(bits: bits(at: i)))
        }
        let scaled = number * (i % period < split ? firstScale : secondScale)
        return offset == 0 ? scaled : offset + scaled
    }

    /// Calls `body` with runs of elements that share a scale, in order, covering all; for uniform tensors.
    package func forEachRun(_ body: (_ elements: Range<Int>, _ scale: Float) -> Void) {
        for start in stride(from: 0, to: count, by: max(1, period)) {
            if split > 0 { body(start..<start + split, firstScale) }
            if split < period { body(start + split..<start + period, secondScale) }
        }
    }

    /// z(i).
    private func bits(at i: Int) -> UInt64 {
        var z = hash &+ (UInt64(i) &+ 1) &* 0x9E37_79B9_7F4A_7C15
        z ^= z >> 30
        z &*= 0xBF58_476D_1CE4_E5B9
        z ^= z >> 27
        z &*= 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}

/// Seeded random weights for a configuration without checkpoint.
package enum SeededWeights {
    /// The seed that is used unless another is given.
    package static let defaultSeed: UInt64 = 20_240_203

    /// The recipe of an expected tensor.
    package static func recipe(
        _ tensor: ExpectedTensor, seed: UInt64 = defaultSeed, initialisation: Initialisation = .balanced
    ) -> SeededTensor {
        switch (tensor.role, initialisation) {
        case (.downsamplingKernel, _): constant(tensor, seed, taps)
        case (.upsamplingKernel, _): constant(tensor, seed, taps.map { 2 * $0 })
        case (.fourierFrequencies, .balanced): random(tensor, seed, scale: 1.5)
        case (.fourierFrequencies, .pytorch): random(tensor, seed, scale: 1, distribution: .normal)
        case (.normGain, .balanced): random(tensor, seed, scale: 0.5, offset: 1)
        case (.normGain, .pytorch): constant(tensor, seed, [Float](repeating: 1, count: tensor.count))
        case (.normShift, .balanced): random(tensor, seed, scale: 0.5)
        case (.normShift, .pytorch): constant(tensor, seed, [Float](repeating: 0, count: tensor.count))
        case (.bias, .balanced): random(tensor, seed, scale: tensor.use == .query ? 1.7 : 0.4)
        case (.bias, .pytorch): random(tensor, seed, scale: pytorchBound(inputs: tensor.inputs))
        case (.linear, .balanced), (.convolution, .balanced), (.transposedConvolution, .balanced):
            balanced(tensor, seed)
        case (.linear, .pytorch), (.convolution, .pytorch), (.transposedConvolution, .pytorch):
            // PyTorch counts the outputs and taps of an input, in a transposed convolution as well.
            random(tensor, seed, scale: pytorchBound(inputs: tensor.count / tensor.shape[0]))
        }
    }

    /// What multiplies, with gain · √(3 / inputs of an output).
    private static func balanced(_ tensor: ExpectedTensor, _ seed: UInt64) -> SeededTensor {
        let inputs = tensor.role == .transposedConvolution ? 2 * tensor.shape[0] : tensor.count / tensor.shape[0]
        let scale = tensor.use.gain * (3 / Double(inputs)).squareRoot()
        guard tensor.readsSkip else { return random(tensor, seed, scale: Float(scale)) }
        let period = tensor.count / tensor.shape[0]
        return SeededTensor(
            hash: hash(tensor.name) ^ seed, count: tensor.count, period: period,
            split: tensor.shape[1] / 2 * (period / tensor.shape[1]), firstScale: Float(scale * 1.3),
            secondScale: Float(scale * 0.6), offset: 0, constants: [])
    }

    /// The bound of uniform weights and biases.
    private static func pytorchBound(inputs: Int) -> Float { Float(1 / Double(inputs).squareRoot()) }

    /// The recipe of a sample of `count` elements of unit variance.
    package static func sample(count: Int, seed: UInt64 = defaultSeed) -> SeededTensor {
        SeededTensor(
            hash: hash("sample") ^ seed, count: count, period: count, split: count, firstScale: 1.7320508,
            secondScale: 1.7320508, offset: 0, constants: [])
    }

    /// A tensor whose elements all have one scale.
    private static func random(
        _ tensor: ExpectedTensor, _ seed: UInt64, scale: Float, offset: Float = 0,
        distribution: SeededTensor.Distribution = .uniform
    ) -> SeededTensor {
        SeededTensor(
            hash: hash(tensor.name) ^ seed, count: tensor.count, distribution: distribution, period: tensor.count,
            split: tensor.count, firstScale: scale, secondScale: scale, offset: offset, constants: [])
    }

    private static func constant(_ tensor: ExpectedTensor, _ seed: UInt64, _ values: [Float]) -> SeededTensor {
        SeededTensor(
            hash: hash(tensor.name) ^ seed, count: tensor.count, distribution: .constant, period: tensor.count,
            split: tensor.count, firstScale: 0, secondScale: 0, offset: 0, constants: values)
    }

    /// The taps of diffusers' cubic filter before halving. Source: diffusers 0.26.3, unet_1d_blocks.py, `_kernels`.
    static let taps: [Float] = [-3, -9, 29, 111, 111, 29, -9, -3].map { $0 / 256 }

    /// FNV-1a, 64 bits, of the name's UTF-8.
    static func hash(_ name: String) -> UInt64 {
        var hash = FNV1a()
        for byte in name.utf8 { hash.add(byte) }
        return hash.value
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
