import Checkpoint
import KernelArguments

extension OperationKind {
    /// A convolution as a matrix product, directly.
    public static let convolution = OperationKind("convolution")
    /// A linear layer.
    public static let linear = OperationKind("linear")
}

extension Lowering {
    /// y[l] = bias + Σ_t w[t] · x[l·stride + t − padding], over one source, or two side by side (x, then its skip).
    mutating func conv1D(_ sources: [Value], _ layer: Conv1d) throws(PlanningError) -> Value {
        let (weights, bias) = (MatrixRequest(layer, sources), VectorRequest(layer))
        let length = (sources[0].length + 2 * layer.padding - layer.taps) / layer.stride + 1
        return try product(
            Weights(name: layer.name, matrix: weights, bias: bias), sources, channels: layer.outputs, length: length,
            window: Window(stride: layer.stride, padding: layer.padding))
    }

    /// y = w·x + bias on every row.
    mutating func linear(
        _ x: Value, _ layer: Linear, inputHeads: HeadPadding? = nil
    ) throws(PlanningError) -> Value {
        func parts(_ leaf: String) -> [WeightPart] {
            [WeightPart(tensor: "\(layer.name).\(leaf)", outputs: layer.outputs)]
        }
        let columns = padded(layer.outputs)
        return try linear(
            x,
            Weights(
                name: layer.name,
                matrix: MatrixRequest(
                    parts: parts("weight"), columns: columns, sources: [x.channels], taps: 1, inputHeads: inputHeads),
                bias: VectorRequest(parts: parts("bias"), count: columns)), channels: layer.outputs)
    }

    /// y = w·x + bias on every row, with weights of several layers.
    mutating func linear(_ x: Value, _ weights: Weights, channels: Int) throws(PlanningError) -> Value {
        try product(weights, [x], channels: channels, length: x.length, kind: .linear)
    }

    /// x, brought to `out` channels by a 1×1 convolution where it has others. Two sources that have `out` channels
    /// together are summed in place of their concatenation by the identity.
    mutating func skip(_ x: [Value], _ layer: Conv1d?, name: String, out: Int) throws(PlanningError) -> Value {
        if let layer { return try conv1D(x, layer) }
        if x.count == 1 { return x[0] }
        let identity = MatrixRequest(
            parts: [], columns: padded(out), sources: x.map(\.channels), taps: 1, layout: .identity)
        return try product(
            Weights(name: name, matrix: identity, bias: VectorRequest(parts: [], count: padded(out))), x,
            channels: out, length: x[0].length)
    }

    private mutating func product(
        _ weights: Weights, _ sources: [Value], channels: Int, length: Int, window: Window = Window(),
        kind: OperationKind = .convolution
    ) throws(PlanningError) -> Value {
        let y = try newValue(batch: sources[0].batch, length: length, channels: channels)
        append(Product(weights: weights, sources: sources, window: window, kind: kind, y: y))
        return y
    }
}

/// The packed weights of a layer, or of several that are computed as one.
struct Weights: Sendable {
    let name: String
    let matrix: MatrixRequest
    let bias: VectorRequest

    /// The weights of the gradient; see `MatrixRequest.transposed`.
    func transposed(channels: Int, taps: [Int], name suffix: String = ".gradient") -> Weights {
        let matrix = matrix.transposed(channels: channels, taps: taps)
        return Weights(name: name + suffix, matrix: matrix, bias: VectorRequest(parts: [], count: matrix.columns))
    }
}

/// Which positions a tap reads.
struct Window: Sendable, Hashable {
    var stride = 1
    var padding = 0
}

/// y[l] = bias + Σ_t w[t] · x[l·stride + t − padding]; a linear layer has one tap.
struct Product: Equation {
    let weights: Weights
    let sources: [Value]
    let window: Window
    let kind: OperationKind
    let y: Value
    /// Why it is computed directly, where there was a choice.
    var reason: String?

    var name: String { weights.name }
    var reads: [Value] { sources }
    var result: Value? { y }

    /// A product with the transposed weights: a convolution where the stride is 1, else the transpose of one.
    func differentiate(_ dy: Value?, in pass: inout Differentiation) throws(PlanningError) {
        guard let dy else { return }
        let dx = try pass.newValue(like: sources)
        if window.stride == 1 {
            pass.append(
                Product(
                    weights: weights.transposed(channels: y.channels, taps: (0..<weights.matrix.taps).reversed()),
                    sources: [dy], window: Window(padding: weights.matrix.taps - 1 - window.padding), kind: kind, y: dx)
            )
        } else {
            pass.append(StridedGradient(weights: weights, window: window, x: dy, y: dx))
        }
        try pass.add(dx, to: sources, name: name)
    }

    /// Written over its first source where that is allowed and nothing that runs at once touches it.
    func build(_ hints: Hints, in builder: inout OperationBuilder) {
        let sources = sources.map { builder.placed($0) }
        let x = sources[0]
        let isInPlace = hints.overwritesInput && builder.isUntouched(x)
        let y = isInPlace && !builder.keepsIntermediates ? builder.allocated(y, over: x) : builder.allocated(y)
        let (taps, padding, stride) = (weights.matrix.taps, window.padding, window.stride)
        let behind = max(0, (y.length - 1) * stride + taps - 1 - padding - (x.length - 1))
        for source in sources { builder.require(zeroPositionsBefore: padding, behind: behind, around: source) }
        DirectConvolution(
            weights: weights, kind: kind, sources: sources, y: y,
            rows: stride == 1 ? .flat(sources, y) : .strided(x, y, xStep: stride, yStep: 1), window: window,
            firstPosition: -padding, reason: reason, isInPlace: isInPlace
        ).build(hints, in: &builder)
    }
}

extension MatrixRequest {
    /// The weight of a convolution over sources that lie side by side.
    init(_ layer: Conv1d, _ sources: [Value]) {
        self.init(
            parts: [WeightPart(tensor: layer.name + ".weight", outputs: layer.outputs)],
            columns: padded(layer.outputs), sources: sources.map(\.channels), taps: layer.taps)
    }
}

extension VectorRequest {
    /// The bias of a convolution.
    init(_ layer: Conv1d) {
        self.init(
            parts: layer.hasBias ? [WeightPart(tensor: layer.name + ".bias", outputs: layer.outputs)] : [],
            count: padded(layer.outputs))
    }
}
