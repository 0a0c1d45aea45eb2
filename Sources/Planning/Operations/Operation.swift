import CKernels
import KernelArguments

/// What an operation does.
public enum OperationKind: String, Sendable, Hashable, CaseIterable {
    /// Transposes the sample to rows.
    case gather
    /// The sinusoidal embedding of the timestep.
    case embedding
    /// A convolution as a matrix product, directly.
    case convolution
    /// A convolution of width 5 by one of Winograd's forms.
    case winograd = "winograd-convolution"
    /// Half of a transposed convolution: the even or the odd positions.
    case transposedConvolution = "transposed-convolution"
    /// A linear layer.
    case linear
    /// Mean and deviation of a norm, by chunks.
    case statistics
    /// Mean and deviation of a norm from those of its chunks.
    case merge
    /// Norm, activation, residual, bias in one pass.
    case combine
    /// FIR resampling, depthwise.
    case downsample, upsample
    /// Keys, transposed for the attention.
    case transposeKeys = "transpose-keys"
    /// Softmax of queries and keys times values, streamed.
    case attention
    /// Rows of the value head.
    case flatten
    /// Transposes the result to channels.
    case scatter
}

extension Plan {
    /// One step of a forward: a kernel over `tileCount` tiles.
    ///
    /// Operations with the same `stage` do not depend on one another; stages run in order.
    public struct Operation: Sendable {
        /// The name of the module in diffusers' terms, for instance `down_blocks.0.resnets.1.conv_1`.
        public let name: String
        /// The kind of the operation.
        public let kind: OperationKind
        /// (batch, length, channels) of what it reads.
        public let inputShape: [Int]
        /// (batch, length, channels) of what it writes.
        public let outputShape: [Int]
        /// The stage that it belongs to, from 0.
        public let stage: Int
        /// Units of work that workers claim. Depends on the shape alone, never on the number of workers.
        public let tileCount: Int
        /// Multiply-adds in direct form, taps that meet padding included.
        public let multiplyAdds: Int
        /// Multiply-adds that the chosen algorithm cannot do without: taps that meet padding excluded, transforms not
        /// counted.
        public let products: Int
        /// Compulsory traffic: activations and weights, each once; weights of taps that meet padding alone are not
        /// read.
        public internal(set) var bytesRead: Int
        /// The bytes of packed weights among `bytesRead`.
        public let weightBytes: Int
        /// Activations written.
        public internal(set) var bytesWritten: Int
        /// Scratch that a worker needs for a tile.
        public internal(set) var scratchBytes: Int
        /// Why it is computed the way it is, where there was a choice.
        public let reason: String?
        /// The buffer that it writes, an index into the plan's buffers; nil for the caller's output.
        package let outputBuffer: Int?
        /// The buffers that it reads, without those of what follows it.
        let reads: [Int]
        /// The kernel's arguments, with places in the arena instead of pointers.
        let work: Work
        /// Whether it is the first that writes its output buffer, and so has to zero the rows around the positions.
        let zeroesSurroundings: Bool
        /// The blocks that the tiles write; nil where they are none.
        let grid: TileGrid?
        /// The epilogue that runs after each tile, on the same worker.
        var follower: Follower?

        /// The module whose result the epilogue computes, and its kind; nil where there is no epilogue.
        public var followedBy: (name: String, kind: OperationKind)? { follower.map { ($0.name, $0.kind) } }
    }
}

/// The kernels' argument structs with every number in place, and where the pointers will point.
///
/// Sendable: the structs' pointers stay nil until a session binds a copy.
enum Work: @unchecked Sendable {
    case gather(gather_arguments, embedding: Location?, y: Location)
    case embedding(embedding_arguments, frequencies: Int, timesteps: Location, y: Location)
    case convolution(
        convolution_arguments, first: Location, second: Location?, weights: Int, bias: Int, y: Location)
    case winograd(winograd_arguments, first: Location, second: Location?, weights: Int, bias: Int, y: Location)
    case statistics(statistics_arguments, x: Location, partials: Location)
    case merge(merge_arguments, partials: Location, merged: Location)
    case combine(
        combine_arguments, x: Location, residual: Location?, bias: Location?, gain: Int?, shift: Int?,
        partials: Location?, y: Location)
    case downsample(resample_arguments, x: Location, taps: Int, y: Location)
    case upsample(resample_arguments, x: Location, taps: Int, y: Location)
    case transposeKeys(transpose_keys_arguments, k: Location, y: Location)
    case attention(attention_arguments, q: Location, keys: Location, v: Location, y: Location)
    case flatten(flatten_arguments, x: Location, embedding: Location, y: Location)
    case scatter(scatter_arguments, x: Location)
}

extension Work {
    /// The argument struct's bytes. Its pointers are nil and its fields leave no gaps, so equal arguments have equal
    /// bytes.
    func withArgumentBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
        switch self {
        case .gather(let arguments, _, _): withUnsafeBytes(of: arguments, body)
        case .embedding(let arguments, _, _, _): withUnsafeBytes(of: arguments, body)
        case .convolution(let arguments, _, _, _, _, _): withUnsafeBytes(of: arguments, body)
        case .winograd(let arguments, _, _, _, _, _): withUnsafeBytes(of: arguments, body)
        case .statistics(let arguments, _, _): withUnsafeBytes(of: arguments, body)
        case .merge(let arguments, _, _): withUnsafeBytes(of: arguments, body)
        case .combine(let arguments, _, _, _, _, _, _, _): withUnsafeBytes(of: arguments, body)
        case .downsample(let arguments, _, _, _), .upsample(let arguments, _, _, _):
            withUnsafeBytes(of: arguments, body)
        case .transposeKeys(let arguments, _, _): withUnsafeBytes(of: arguments, body)
        case .attention(let arguments, _, _, _, _): withUnsafeBytes(of: arguments, body)
        case .flatten(let arguments, _, _, _): withUnsafeBytes(of: arguments, body)
        case .scatter(let arguments, _): withUnsafeBytes(of: arguments, body)
        }
    }

    /// The activation that it applies.
    var activation: Int {
        if case .combine(let arguments, _, _, _, _, _, _, _) = self { return arguments.activation }
        return 0
    }

    /// Bytes that hold any argument struct, a multiple of 64.
    static let argumentSlotBytes: Int = {
        let sizes = [
            MemoryLayout<gather_arguments>.size, MemoryLayout<embedding_arguments>.size,
            MemoryLayout<convolution_arguments>.size, MemoryLayout<winograd_arguments>.size,
            MemoryLayout<statistics_arguments>.size, MemoryLayout<merge_arguments>.size,
            MemoryLayout<combine_arguments>.size,
            MemoryLayout<resample_arguments>.size, MemoryLayout<transpose_keys_arguments>.size,
            MemoryLayout<attention_arguments>.size, MemoryLayout<flatten_arguments>.size,
            MemoryLayout<scatter_arguments>.size,
        ]
        return roundUp(sizes.reduce(0, max), 64)
    }()
}
