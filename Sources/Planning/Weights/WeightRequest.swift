import KernelArguments

/// A packed form of weights that an operation reads. Equal requests are packed once per model and instruction set.
package enum WeightRequest: Sendable, Hashable {
    /// A matrix for the convolution kernel.
    case matrix(MatrixRequest)
    /// A matrix for the Winograd kernel.
    case winograd(WinogradRequest)
    /// A vector: biases, gains, shifts, resampling taps.
    case vector(VectorRequest)
    /// The frequencies of the time embedding, in Double.
    case frequencies(FrequencyRequest)

    /// Bytes of the packed form, a multiple of 64.
    package var bytes: Int {
        switch self {
        case .matrix(let matrix):
            roundUp(matrix.columns * matrix.packedInputs * matrix.taps * matrix.element.bytes, 64)
        case .winograd(let winograd):
            // The factor lies behind numbers of half precision.
            winograd.count * winograd.element.bytes + (winograd.element == .f32 ? 0 : 64)
        case .vector(let vector): roundUp(vector.count * 4, 64)
        case .frequencies(let frequencies): roundUp(frequencies.count * 8, 64)
        }
    }
}

/// Heads of `size` channels, each padded to `stride` channels.
package struct HeadPadding: Sendable, Hashable {
    let size: Int
    let stride: Int

    /// Where a channel lies once heads are padded.
    func position(of channel: Int) -> Int { channel / size * stride + channel % size }
}

/// The inputs of a tensor that a matrix has: as many as the matrix reads, from one on.
package struct InputSlice: Sendable, Hashable {
    /// The first.
    let first: Int
    /// The tensor's inputs.
    let count: Int

    init(first: Int, of count: Int) { (self.first, self.count) = (first, count) }
}

/// A tensor's rows in a packed matrix or vector.
package struct WeightPart: Sendable, Hashable {
    /// The tensor in the checkpoint.
    var tensor: String
    /// Its outputs.
    var outputs: Int
    /// The packed column of its first output.
    var firstColumn = 0
    /// Padding of its outputs to heads.
    var heads: HeadPadding?
    /// A factor that every element is multiplied with.
    var scale: Float = 1
    /// Which of the tensor's inputs there are; nil: all.
    var inputs: InputSlice?

    /// The packed column of an output.
    func column(of output: Int) -> Int { firstColumn + (heads?.position(of: output) ?? output) }
}

/// A matrix for the convolution kernel: the rows of one or more tensors [outputs, inputs, taps].
package struct MatrixRequest: Sendable, Hashable {
    /// The order of the tensor's dimensions.
    package indirect enum Layout: Sendable, Hashable {
        /// [outputs, inputs, taps], all taps.
        case convolution
        /// [inputs, outputs, 4], the taps firstTap and firstTap − 2.
        case transposed(firstTap: Int)
        /// No tensor: the identity, for a sum over a concatenation that is never made.
        case identity
        /// The transpose of another matrix, for the gradient of its product: each of its sources begins at a whole channel
        /// block of the columns. `taps` are those of the other matrix, in the order in which this one has them.
        case transpose(of: MatrixRequest, taps: [Int])
    }

    var parts: [WeightPart]
    /// Padded outputs.
    var columns: Int
    /// Inputs of each source, as the operation reads them.
    var sources: [Int]
    var taps: Int
    var layout = Layout.convolution
    /// Padding of the inputs to heads.
    var inputHeads: HeadPadding?
    /// What its numbers are rounded to: packed so for the convolution kernel, before they are transformed for Winograd's.
    var element = WeightElement.f32

    var inputs: Int { sources.reduce(0, +) }

    /// Inputs as they are packed.
    var packedInputs: Int { sources.reduce(0) { $0 + element.packed($1) } }

    /// Multiply-adds of a row of outputs, without the padding of heads; none for the identity.
    var multiplyAddsPerRow: Int {
        if case .transpose(let matrix, let taps) = layout {
            return matrix.multiplyAddsPerRow / matrix.taps * taps.count
        }
        let trueInputs = inputHeads.map { inputs / $0.stride * $0.size } ?? inputs
        return taps * trueInputs * parts.reduce(0) { $0 + $1.outputs }
    }
}

extension MatrixRequest {
    /// The transpose, for the gradient of y = w·x: it reads `channels` of y's gradient and gives that of all sources.
    func transposed(channels: Int, taps: [Int]) -> MatrixRequest {
        MatrixRequest(
            parts: [], columns: firstColumns.end, sources: [channels], taps: taps.count,
            layout: .transpose(of: self, taps: taps))
    }

    /// The column of the transpose at which each source begins, and how many there are.
    var firstColumns: (starts: [Int], end: Int) {
        var starts: [Int] = []
        var end = 0
        for source in sources {
            starts.append(end)
            end += padded(source)
        }
        return (starts, end)
    }
}

/// A matrix for the Winograd kernel: one of five taps, transformed.
package struct WinogradRequest: Sendable, Hashable {
    var weight: MatrixRequest
    var form: WinogradForm
    /// What the transformed numbers are rounded to: f32 or f16.
    var element: WeightElement

    /// Padded inputs of both sources.
    var depth: Int { weight.sources.map(padded).reduce(0, +) }

    /// Transformed numbers.
    var count: Int { weight.columns * depth * form.points }
}

/// A vector: the elements of one or more tensors, zeros between and after them.
package struct VectorRequest: Sendable, Hashable {
    var parts: [WeightPart]
    /// Padded elements.
    var count: Int
}

/// A number that equals itself, NaN included: two are equal where all their bits are. For keys of dictionaries.
package struct BitwiseDouble: Sendable, Hashable {
    private let bits: UInt64
    package var value: Double { Double(bitPattern: bits) }

    package init(_ value: Double) { bits = value.bitPattern }
}

/// The frequencies of the time embedding.
package enum FrequencyRequest: Sendable, Hashable {
    /// 2π times the stored weights.
    case fourier(tensor: String, count: Int)
    /// exp(−ln(10000)·k / (count − shift)) for k < count.
    case positional(count: Int, shift: BitwiseDouble)

    var count: Int {
        switch self {
        case .fourier(_, let count), .positional(let count, _): count
        }
    }
}
