import CKernels
import Checkpoint
import KernelArguments

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
        let taps = index(
            of: .vector(VectorRequest(parts: [WeightPart(tensor: name + ".kernel", outputs: 8)], count: 16)))
        let arguments = resample_arguments(
            length: x.length, outputLength: length, width: x.positionStride,
            tilePositions: tiling.positions(length: length, width: y.positionStride))
        let step = Step(
            name: name, kind: kind, inputShape: x.shape, outputShape: y.shape,
            tileCount: arguments.tiles,
            multiplyAdds: saturatingProduct(y.batch, length, y.channels, kind == .downsample ? 8 : 4),
            bytesRead: x.bytes,
            bytesWritten: y.bytes, reads: [x.buffer], writes: y.buffer)
        if kind == .downsample {
            append(step, .downsample(arguments, x: x.location(), taps: taps, y: y.location()))
        } else {
            append(step, .upsample(arguments, x: x.location(), taps: taps, y: y.location()))
        }
        return y
    }
}
