import CKernels
import Checkpoint
import Glibc
import KernelArguments

/// Makes the packed forms of weights. Allocates what a tensor needs; never on the forward path.
struct WeightPacker {
    let source: any WeightSource
    let kernels: kernel_table

    /// Writes the packed form of `request` to `packed`, which holds `request.bytes` zeros, 64-byte aligned.
    func pack(_ request: WeightRequest, into packed: UnsafeMutableRawPointer) throws(CheckpointError) {
        switch request {
        case .matrix(let matrix): try pack(matrix, into: packed.assumingMemoryBound(to: Float.self))
        case .winograd(let winograd): try pack(winograd, into: packed.assumingMemoryBound(to: Float.self))
        case .vector(let vector): try pack(vector, into: packed.assumingMemoryBound(to: Float.self))
        case .frequencies(let frequencies):
            try pack(frequencies, into: packed.assumingMemoryBound(to: Double.self))
        }
    }

    private func pack(_ request: MatrixRequest, into packed: UnsafeMutablePointer<Float>) throws(CheckpointError) {
        // Inputs as the tensor has them, without the padding of heads.
        let inputs = request.inputHeads.map { request.inputs / $0.stride * $0.size } ?? request.inputs
        let perOutput = inputs * request.storedTaps
        let rows = TemporaryFloats(request.columns * perOutput)
        let isPlain = request.parts.count == 1 && request.parts[0].heads == nil && request.parts[0].scale == 1
        for part in request.parts {
            if isPlain {
                try source.read(part.tensor, into: rows.prefix(part.outputs * perOutput), kernels: kernels)
                continue
            }
            let stored = TemporaryFloats(part.outputs * perOutput)
            try source.read(part.tensor, into: stored.buffer, kernels: kernels)
            for output in 0..<part.outputs {
                let row = rows.pointer + part.column(of: output) * perOutput
                let from = stored.pointer + output * perOutput
                for i in 0..<perOutput { row[i] = from[i] * part.scale }
            }
        }
        if request.layout == .identity {
            for i in 0..<inputs { rows.pointer[i * perOutput + i] = 1 }
        }
        let outputs = isPlain ? request.parts[0].outputs : request.columns

        let layout: WeightLayout
        if case .transposed(let firstTap) = request.layout {
            layout = .transposed(firstTap: firstTap)
        } else {
            layout = .convolution
        }
        let second = request.sources.count > 1 ? request.sources[1] : 0
        var arguments = pack_convolution_arguments(
            rows.pointer, layout, outputs: outputs, inputs: inputs, channels: (request.sources[0], second),
            taps: request.taps, columns: request.columns, packed: packed)
        let map: [Int32]? = request.inputHeads.map { heads in
            (0..<request.inputs).map { input in
                let inHead = input % heads.stride
                return inHead < heads.size ? Int32(input / heads.stride * heads.size + inHead) : -1
            }
        }
        let panels = ceilDivide(request.columns, kernels.geometry.panel_columns)
        func packPanels() {
            for panel in 0..<panels { kernels.pack_convolution(&arguments, panel, nil) }
        }
        if let map {
            map.withUnsafeBufferPointer { entries in
                arguments.input_map = entries.baseAddress
                packPanels()
            }
        } else {
            packPanels()
        }
    }

    private func pack(_ request: WinogradRequest, into packed: UnsafeMutablePointer<Float>) throws(CheckpointError) {
        let stored = TemporaryFloats(request.outputs * request.sources.reduce(0, +) * 5)
        try source.read(request.tensor, into: stored.buffer, kernels: kernels)
        var arguments = pack_winograd_arguments(
            stored.pointer, form: request.form.kernelForm, outputs: request.outputs,
            channels: (request.sources[0], request.sources.count > 1 ? request.sources[1] : 0),
            columns: request.columns, packed: packed)
        let panels = ceilDivide(request.columns, kernels.geometry.panel_columns)
        for panel in 0..<panels { kernels.pack_winograd(&arguments, panel, nil) }
    }

    private func pack(_ request: VectorRequest, into packed: UnsafeMutablePointer<Float>) throws(CheckpointError) {
        for part in request.parts {
            let stored = TemporaryFloats(part.outputs)
            try source.read(part.tensor, into: stored.buffer, kernels: kernels)
            for output in 0..<part.outputs { packed[part.column(of: output)] = stored.pointer[output] * part.scale }
        }
    }

    private func pack(
        _ request: FrequencyRequest, into packed: UnsafeMutablePointer<Double>
    ) throws(CheckpointError) {
        switch request {
        case .fourier(let tensor, let count):
            let stored = TemporaryFloats(count)
            try source.read(tensor, into: stored.buffer, kernels: kernels)
            for k in 0..<count { packed[k] = Double(stored.pointer[k]) * 2 * Double.pi }
        case .positional(let count, let shift):
            for k in 0..<count { packed[k] = exp(-log(10_000.0) * Double(k) / (Double(count) - shift.value)) }
        }
    }
}

extension MatrixRequest {
    /// Taps of the tensor.
    fileprivate var storedTaps: Int {
        switch layout {
        case .convolution, .identity: taps
        case .transposed: 4
        }
    }
}

/// Floats that live as long as the value, zero at first.
private final class TemporaryFloats {
    let buffer: UnsafeMutableBufferPointer<Float>

    init(_ count: Int) {
        let raw = UnsafeMutableRawBufferPointer.allocate(byteCount: max(64, count * 4), alignment: 64)
        buffer = UnsafeMutableBufferPointer(
            start: raw.baseAddress?.assumingMemoryBound(to: Float.self), count: count)
        buffer.initialize(repeating: 0)
    }

    deinit { UnsafeMutableRawPointer(pointer).deallocate() }

    var pointer: UnsafeMutablePointer<Float> { buffer.baseAddress.unsafelyUnwrapped }

    func prefix(_ count: Int) -> UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(start: pointer, count: count)
    }
}
