import CKernels
import Checkpoint
import KernelArguments

extension OperationKind {
    /// FIR resampling, depthwise: halves the length.
    public static let downsample = OperationKind("downsample")
    /// FIR resampling, depthwise: doubles the length.
    public static let upsample = OperationKind("upsample")
}

extension PlanBuilder {
    /// FIR downsampling by two with the stored taps. Needs a length of 4 or more.
    /// Source: diffusers 0.26.3, unet_1d_blocks.py, Downsample1d.
    mutating func downsample1D(_ x: Value, _ layer: FIRResampler) throws(PlanningError) -> Value {
        guard x.length >= 4 else {
            throw .tooShort(
                block: layer.block, length: x.length, minimum: 4, sampleLength: shape.length, remedy: lengthRemedy)
        }
        return try resample(x, name: layer.name, kind: .downsample, length: x.length / 2)
    }

    /// FIR upsampling by two with the stored taps. Needs a length of 3 or more.
    /// Source: diffusers 0.26.3, unet_1d_blocks.py, Upsample1d.
    mutating func upsample1D(_ x: Value, _ layer: FIRResampler) throws(PlanningError) -> Value {
        guard x.length >= 3 else {
            throw .tooShort(
                block: layer.block, length: x.length, minimum: 3, sampleLength: shape.length, remedy: lengthRemedy)
        }
        return try resample(x, name: layer.name, kind: .upsample, length: 2 * x.length)
    }

    private mutating func resample(
        _ x: Value, name: String, kind: OperationKind, length: Int
    ) throws(PlanningError) -> Value {
        let y = try newValue(batch: x.batch, length: length, channels: x.channels)
        let taps = packed(
            .vector(VectorRequest(parts: [WeightPart(tensor: name + ".kernel", outputs: 8)], count: 16)))
        let arguments = resample_arguments(
            length: x.length, outputLength: length, width: x.positionStride,
            tilePositions: tiling.positions(length: length, width: y.positionStride))
        let isDown = kind == .downsample
        let (tile, width, inputs) = (arguments.tile_positions, arguments.width, x.length)
        append(
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
        return y
    }
}
