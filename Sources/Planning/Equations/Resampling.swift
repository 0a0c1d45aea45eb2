import CKernels
import Checkpoint
import KernelArguments

extension OperationKind {
    /// FIR resampling, depthwise: halves the length.
    public static let downsample = OperationKind("downsample")
    /// FIR resampling, depthwise: doubles the length.
    public static let upsample = OperationKind("upsample")
    /// The transpose of FIR resampling: the gradient of either.
    public static let resampleGradient = OperationKind("resample-gradient")
}

extension Lowering {
    /// FIR downsampling by two with the stored taps. Needs a length of 4 or more.
    /// Source: diffusers 0.26.3, unet_1d_blocks.py, Downsample1d.
    mutating func downsample1D(_ x: Value, _ layer: FIRResampler) throws(PlanningError) -> Value {
        guard x.length >= 4 else {
            throw .tooShort(
                block: layer.block, length: x.length, minimum: 4, sampleLength: shape.length, remedy: lengthRemedy)
        }
        return try resample(x, layer, kind: .downsample, length: x.length / 2)
    }

    /// FIR upsampling by two with the stored taps. Needs a length of 3 or more.
    /// Source: diffusers 0.26.3, unet_1d_blocks.py, Upsample1d.
    mutating func upsample1D(_ x: Value, _ layer: FIRResampler) throws(PlanningError) -> Value {
        guard x.length >= 3 else {
            throw .tooShort(
                block: layer.block, length: x.length, minimum: 3, sampleLength: shape.length, remedy: lengthRemedy)
        }
        return try resample(x, layer, kind: .upsample, length: 2 * x.length)
    }

    private mutating func resample(
        _ x: Value, _ layer: FIRResampler, kind: OperationKind, length: Int
    ) throws(PlanningError) -> Value {
        let y = try newValue(batch: x.batch, length: length, channels: x.channels)
        append(Resample(name: layer.name, kind: kind, x: x, y: y))
        return y
    }
}

/// y = x at half or twice the length.
struct Resample: Equation {
    let name: String
    let kind: OperationKind
    let x: Value
    let y: Value
    /// Whether it is the transpose: x is then the longer of the two where the length is halved.
    var isGradient = false

    var reads: [Value] { [x] }
    var result: Value? { y }

    func differentiate(_ dy: Value?, in pass: inout Differentiation) throws(PlanningError) {
        guard let dy else { return }
        let dx = try pass.newValue(batch: x.batch, length: x.length, channels: x.channels)
        pass.append(Resample(name: name, kind: kind, x: dy, y: dx, isGradient: true))
        try pass.add(dx, to: x, name: name)
    }

    private var kernel: Kernel {
        switch (kind == .downsample, isGradient) {
        case (true, false): .downsample
        case (false, false): .upsample
        case (true, true): .downsampleGradient
        case (false, true): .upsampleGradient
        }
    }

    func build(_ hints: Hints, in builder: inout OperationBuilder) {
        let (x, y) = (builder.placed(x), builder.allocated(y))
        let taps = builder.packed(
            .vector(VectorRequest(parts: [WeightPart(tensor: name + ".kernel", outputs: 8)], count: 16)))
        // Positions of x for one of y: half or two of them.
        let isDense = (kind == .downsample) != isGradient
        let (width, inputs, length) = (x.positionStride, x.length, y.length)
        let arguments = resample_arguments(
            length: inputs, outputLength: length, width: width,
            tilePositions: builder.tiling.positions(length: length, width: y.positionStride))
        let tile = arguments.tile_positions
        builder.append(
            Step(
                name: isGradient ? name + ".gradient" : name, kind: isGradient ? .resampleGradient : kind,
                inputShape: x.shape, outputShape: y.shape, tileCount: arguments.tiles,
                multiplyAdds: saturatingProduct(y.batch, length, y.channels, isDense ? 8 : 4)),
            KernelCall(
                kernel, arguments,
                [
                    .read(
                        \.x, x,
                        .positions(tile: tile, of: length, width: width, stride: width) { written in
                            // The transpose also gathers what met reflections.
                            let more = isGradient ? 1 : 0
                            let first = isDense ? 2 * written.lowerBound - 3 - more : written.lowerBound / 2 - 2
                            let end = isDense ? 2 * written.upperBound + 3 + more : written.upperBound / 2 + 2 + more
                            return max(0, min(inputs, first))..<min(inputs, max(0, end))
                        }),
                    .written(\.y, y, .positions(tile: tile, of: length, width: width, stride: width)),
                    .weight(\.taps, taps),
                ]))
    }
}
