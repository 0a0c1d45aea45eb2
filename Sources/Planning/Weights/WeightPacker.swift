import CKernels
import Checkpoint
import Glibc
import KernelArguments

/// Makes the packed forms of weights. Allocates two or three times what the largest tensor needs; never on the forward path.
struct WeightPacker {
    let source: any WeightSource
    let kernels: kernel_table
    private let rows = ReusedFloats()
    private let stored = ReusedFloats()
    private let transposed = ReusedFloats()

    init(source: any WeightSource, kernels: kernel_table) {
        self.source = source
        self.kernels = kernels
    }

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
        let rows = try rows(of: request)
        let layout: WeightLayout
        if case .transposed(let firstTap) = request.layout {
            layout = .transposed(firstTap: firstTap)
        } else {
            layout = .convolution
        }
        var arguments = pack_convolution_arguments(
            rows.start, layout, outputs: rows.count, inputs: request.storedInputs, channels: request.channels,
            taps: request.taps, columns: request.columns, packed: packed)
        let map: [Int32]? = request.inputHeads.map { _ in
            (0..<request.inputs).map { request.storedInput($0).map(Int32.init) ?? -1 }
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
        let weight = request.weight
        let rows = try rows(of: weight)
        var arguments = pack_winograd_arguments(
            rows.start, form: request.form.kernelForm, outputs: rows.count, channels: weight.channels,
            columns: weight.columns, packed: packed)
        let panels = ceilDivide(weight.columns, kernels.geometry.panel_columns)
        for panel in 0..<panels { kernels.pack_winograd(&arguments, panel, nil) }
    }

    /// The rows of a matrix, [outputs, inputs, taps] without the padding of heads, until the next call.
    private func rows(
        of request: MatrixRequest
    ) throws(CheckpointError) -> (start: UnsafeMutablePointer<Float>, count: Int) {
        if case .transpose(let matrix, let taps) = request.layout { return try transposedRows(request, matrix, taps) }
        let perOutput = request.storedInputs * request.storedTaps
        let rows = self.rows.memory(request.columns * perOutput)
        let isPlain = request.parts.count == 1 && request.parts[0].heads == nil && request.parts[0].scale == 1
        if !isPlain { rows.update(repeating: 0) }
        for part in request.parts {
            let count = part.outputs * perOutput
            if isPlain {
                try source.read(part.tensor, into: .init(rebasing: rows[..<count]), kernels: kernels)
                continue
            }
            let stored = try read(part.tensor, count)
            for output in 0..<part.outputs {
                let row = rows.start + part.column(of: output) * perOutput
                let from = stored + output * perOutput
                for i in 0..<perOutput { row[i] = from[i] * part.scale }
            }
        }
        if request.layout == .identity {
            for i in 0..<request.inputs { rows[i * perOutput + i] = 1 }
        }
        return (rows.start, isPlain ? request.parts[0].outputs : request.columns)
    }

    /// Each input of `matrix` as a row: its outputs, and of each the taps.
    private func transposedRows(
        _ request: MatrixRequest, _ matrix: MatrixRequest, _ taps: [Int]
    ) throws(CheckpointError) -> (start: UnsafeMutablePointer<Float>, count: Int) {
        let rows = try rows(of: matrix)
        let (outputs, storedTaps, count) = (min(rows.count, request.inputs), matrix.storedTaps, taps.count)
        let perRow = request.inputs * count
        let transposed = self.transposed.memory(request.columns * perRow)
        transposed.update(repeating: 0)
        var input = 0
        for (first, channels) in zip(matrix.firstColumns.starts, matrix.sources) {
            for column in first..<first + channels {
                defer { input += 1 }
                guard let stored = matrix.storedInput(input) else { continue }
                let row = transposed.start + column * perRow
                for output in 0..<outputs {
                    let from = rows.start + (output * matrix.storedInputs + stored) * storedTaps
                    for tap in 0..<count { row[output * count + tap] = from[taps[tap]] }
                }
            }
        }
        return (transposed.start, request.columns)
    }

    private func pack(_ request: VectorRequest, into packed: UnsafeMutablePointer<Float>) throws(CheckpointError) {
        for part in request.parts {
            let stored = try read(part.tensor, part.outputs)
            for output in 0..<part.outputs { packed[part.column(of: output)] = stored[output] * part.scale }
        }
    }

    private func pack(
        _ request: FrequencyRequest, into packed: UnsafeMutablePointer<Double>
    ) throws(CheckpointError) {
        switch request {
        case .fourier(let tensor, let count):
            let stored = try read(tensor, count)
            for k in 0..<count { packed[k] = Double(stored[k]) * 2 * Double.pi }
        case .positional(let count, let shift):
            for k in 0..<count { packed[k] = exp(-log(10_000.0) * Double(k) / (Double(count) - shift.value)) }
        }
    }
}

extension WeightPacker {
    /// A tensor's elements, until the next call.
    private func read(_ tensor: String, _ count: Int) throws(CheckpointError) -> UnsafeMutablePointer<Float> {
        let memory = stored.memory(count)
        try source.read(tensor, into: memory, kernels: kernels)
        return memory.start
    }
}

extension MatrixRequest {
    /// Taps of the tensor.
    fileprivate var storedTaps: Int {
        switch layout {
        case .convolution, .identity, .transpose: taps
        case .transposed: 4
        }
    }

    /// Inputs as the tensor has them, without the padding of heads.
    fileprivate var storedInputs: Int { inputHeads.map { inputs / $0.stride * $0.size } ?? inputs }

    /// The tensor's input that an input is; nil in the padding of heads.
    fileprivate func storedInput(_ input: Int) -> Int? {
        guard let heads = inputHeads else { return input }
        let inHead = input % heads.stride
        return inHead < heads.size ? input / heads.stride * heads.size + inHead : nil
    }

    /// Inputs of each source.
    fileprivate var channels: (Int, Int) { (sources[0], sources.count > 1 ? sources[1] : 0) }
}

/// Memory that is used for one tensor after another, so that its pages are touched for the first time once.
private final class ReusedFloats {
    private var allocated = UnsafeMutableRawBufferPointer(start: nil, count: 0)

    deinit { allocated.deallocate() }

    /// `count` floats of any values.
    func memory(_ count: Int) -> UnsafeMutableBufferPointer<Float> {
        let bytes = max(64, count * 4)
        if bytes > allocated.count {
            allocated.deallocate()
            allocated = .allocate(byteCount: bytes, alignment: 64)
            allocated.initializeMemory(as: UInt8.self, repeating: 0)
        }
        return UnsafeMutableBufferPointer(
            start: allocated.baseAddress?.assumingMemoryBound(to: Float.self), count: count)
    }
}

extension UnsafeMutableBufferPointer<Float> {
    /// The first float of memory that is there.
    fileprivate var start: UnsafeMutablePointer<Float> { baseAddress.unsafelyUnwrapped }
}
