import Checkpoint
import KernelArguments

extension OperationKind {
    /// Half of a transposed convolution: the even or the odd positions.
    public static let transposedConvolution = OperationKind("transposed-convolution")
}

extension Lowering {
    /// The transposed convolution of width 4, stride 2, padding 1.
    mutating func convTranspose1D(_ x: Value, _ layer: ConvTranspose1d) throws(PlanningError) -> Value {
        let y = try newValue(batch: x.batch, length: 2 * x.length, channels: layer.channels)
        append(TransposedConvolution(layer: layer, x: x, y: y))
        return y
    }
}

/// y[2m] = w₁·x[m] + w₃·x[m − 1], y[2m + 1] = w₀·x[m + 1] + w₂·x[m]: even and odd positions are convolutions of width
/// 2.
struct TransposedConvolution: Equation {
    let layer: ConvTranspose1d
    let x: Value
    let y: Value

    var name: String { layer.name }
    var reads: [Value] { [x] }
    var result: Value? { y }

    /// dx[m] = Σ_t w_tᵀ·dy[2m + t − 1]: a convolution of stride 2, as which the tensor is stored.
    func differentiate(_ dy: Value?, in pass: inout Differentiation) throws(PlanningError) {
        guard let dy else { return }
        let dx = try pass.newValue(batch: x.batch, length: x.length, channels: x.channels)
        let columns = padded(x.channels)
        let matrix = MatrixRequest(
            parts: [WeightPart(tensor: name + ".weight", outputs: x.channels)], columns: columns,
            sources: [layer.channels], taps: 4)
        pass.append(
            Product(
                weights: Weights(
                    name: name + ".gradient", matrix: matrix, bias: VectorRequest(parts: [], count: columns)),
                sources: [dy], window: Window(stride: 2, padding: 1), kind: .convolution, y: dx))
        try pass.add(dx, to: x, name: name)
    }

    func build(_ hints: Hints, in builder: inout OperationBuilder) {
        let (x, y) = (builder.placed(x), builder.allocated(y))
        builder.require(zeroPositionsBefore: 1, behind: 1, around: x)
        let bias = VectorRequest(
            parts: [WeightPart(tensor: name + ".bias", outputs: layer.channels)], count: padded(layer.channels))
        for odd in 0...1 {
            let matrix = MatrixRequest(
                parts: [WeightPart(tensor: name + ".weight", outputs: layer.channels)],
                columns: padded(layer.channels), sources: [x.channels], taps: 2,
                layout: .transposed(firstTap: 3 - odd))
            DirectConvolution(
                weights: Weights(name: name + (odd == 0 ? ".even" : ".odd"), matrix: matrix, bias: bias),
                kind: .transposedConvolution, sources: [x], y: y, rows: .strided(x, y, xStep: 1, yStep: 2),
                window: Window(stride: 1, padding: 1 - odd), firstPosition: odd - 1, yPosition: odd, yStep: 2
            ).build(Hints(joinsPrevious: odd == 1), in: &builder)
        }
    }
}

/// The gradient of a product of a stride: dx[p] = Σ_t w_tᵀ·dy[(p + padding − t) / stride] over the taps for which that is
/// whole. The positions p of each remainder are a product of stride 1.
struct StridedGradient: Equation {
    /// The forward's.
    let weights: Weights
    let window: Window
    let x: Value
    let y: Value

    var name: String { weights.name + ".gradient" }
    var reads: [Value] { [x] }
    var result: Value? { y }

    func differentiate(_ dy: Value?, in pass: inout Differentiation) { preconditionFailure("a second gradient") }

    func build(_ hints: Hints, in builder: inout OperationBuilder) {
        let (x, y) = (builder.placed(x), builder.allocated(y))
        let (stride, padding) = (window.stride, window.padding)
        for phase in 0..<min(stride, y.length) {
            // The last tap reads the first position.
            let taps = (0..<weights.matrix.taps).reversed().filter { (phase + padding - $0) % stride == 0 }
            let first = (phase + padding - taps[0]) / stride
            let positions = ceilDivide(y.length - phase, stride)
            builder.require(
                zeroPositionsBefore: max(0, -first), behind: max(0, first + positions + taps.count - 1 - x.length),
                around: x)
            DirectConvolution(
                weights: weights.transposed(channels: x.channels, taps: taps, name: ".gradient.\(phase)"),
                kind: .transposedConvolution, sources: [x], y: y,
                rows: .strided(x, y, xStep: 1, yStep: stride, positions: positions),
                window: Window(stride: 1, padding: -first), firstPosition: first, yPosition: phase, yStep: stride
            ).build(Hints(joinsPrevious: phase > 0), in: &builder)
        }
    }
}
