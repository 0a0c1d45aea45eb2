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
                window: Window(stride: 1, padding: 1 - odd), firstPosition: odd - 1, yPosition: odd
            ).build(Hints(joinsPrevious: odd == 1), in: &builder)
        }
    }
}
