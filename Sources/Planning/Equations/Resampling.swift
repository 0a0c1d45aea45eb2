import CKernels
import Checkpoint
import KernelArguments

extension OperationKind {
    /// FIR resampling, depthwise: halves the length.
    public static let downsample = OperationKind("downsample")
    /// FIR resampling, depthwise: doubles the length.
    public static let upsample = OperationKind("upsample")
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

    var reads: [Value] { [x] }
    var result: Value? { y }

    func build(_ hints: Hints, in builder: inout OperationBuilder) {
        let (x, y) = (builder.placed(x), builder.allocated(y))
        let taps = builder.packed(
            .vector(VectorRequest(parts: [WeightPart(tensor: name + ".kernel", outputs: 8)], count: 16)))
        let (isDown, width, inputs, length) = (kind == .downsample, x.positionStride, x.length, y.length)
        let arguments = resample_arguments(
            length: inputs, outputLength: length, width: width,
            tilePositions: builder.tiling.positions(length: length, width: y.positionStride))
        let tile = arguments.tile_positions
        builder.append(
            Step(
                name: name, kind: kind, inputShape: x.shape, outputShape: y.shape, tileCount: arguments.tiles,
                multiplyAdds: saturatingProduct(y.batch, length, y.channels, isDown ? 8 : 4)),
            KernelCall(
                isDown ? .downsample : .upsample, arguments,
                [
                    .read(
                        \.x, x,
                        .positions(tile: tile, of: length, width: width, stride: width) { written in
                            let first = isDown ? 2 * written.lowerBound - 3 : written.lowerBound / 2 - 2
                            let end = isDown ? 2 * written.upperBound + 3 : written.upperBound / 2 + 2
                            return max(0, first)..<min(inputs, end)
                        }),
                    .written(\.y, y, .positions(tile: tile, of: length, width: width, stride: width)),
                    .weight(\.taps, taps),
                ]))
    }
}
