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
    private let wide = ReusedFloats()

    init(source: any WeightSource, kernels: kernel_table) {
        self.source = source
        self.kernels = kernels
    }

    /// Writes the packed form of `request` to `packed`, which holds `request.bytes` zeros, 64-byte aligned.
    func pack(_ request: WeightRequest, into packed: UnsafeMutableRawPointer) throws(CheckpointError) {
        switch request {
        case .matrix(let matrix) where matrix.element == .f32:
            try pack(matrix, into: packed.assumingMemoryBound(to: Float.self))
        case .matrix(let matrix):
            let wide = self.wide.memory(matrix.columns * matrix.packedInputs * matrix.taps)
            try pack(matrix, into: wide.start)
            let words = packed.assumingMemoryBound(to: UInt16.self)
            if matrix.element == .bf16Pairs {
                pair(wide, columns: matrix.columns, inputs: matrix.packedInputs * matrix.taps, words)
            } else {
                narrow(wide, to: matrix.element, words)
            }
        case .winograd(let winograd) where winograd.element == .f32:
            try pack(winograd, into: packed.assumingMemoryBound(to: Float.self))
        case .winograd(let winograd):
            let wide = self.wide.memory(winograd.count)
            try pack(winograd, into: wide.start)
            narrowScaled(wide, packed)
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
            rows.start, layout, outputs: rows.count, inputs: request.storedInputs, channels: request.packedChannels,
            taps: request.taps, columns: request.columns, packed: packed)
        let isPaired = request.element == .bf16Pairs
        let map: [Int32]? = request.inputHeads == nil && !isPaired ? nil : request.inputMap
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
        round(rows.start, rows.count * weight.inputs * weight.taps, to: weight.element)
        var arguments = pack_winograd_arguments(
            rows.start, form: request.form.kernelForm, outputs: rows.count, channels: weight.channels,
            columns: weight.columns, packed: packed)
        let panels = ceilDivide(weight.columns, kernels.geometry.panel_columns)
        for panel in 0..<panels { kernels.pack_winograd(&arguments, panel, nil) }
    }

    /// Rounds to bfloat16, and puts the words of two inputs side by side, panel by panel.
    private func pair(
        _ wide: UnsafeMutableBufferPointer<Float>, columns: Int, inputs: Int, _ packed: UnsafeMutablePointer<UInt16>
    ) {
        let words = UnsafeMutablePointer<UInt16>.allocate(capacity: wide.count)
        defer { words.deallocate() }
        narrow(wide, to: .bf16Pairs, words)
        let panel = kernels.geometry.panel_columns
        for first in stride(from: 0, to: columns, by: panel) {
            interleavePairs(
                words + first * inputs, inputs: inputs, columns: min(panel, columns - first),
                into: packed + first * inputs)
        }
    }

    /// Rounds to half precision after a multiplication with a power of two, whose inverse lies behind the numbers.
    private func narrowScaled(_ wide: UnsafeMutableBufferPointer<Float>, _ packed: UnsafeMutableRawPointer) {
        var largest: Float = 0
        for value in wide where value.magnitude > largest && value.isFinite { largest = value.magnitude }
        let scale = winograd_arguments.halfScale(largest: largest)
        for index in wide.indices { wide[index] *= scale }
        narrow(wide, to: .f16, packed.assumingMemoryBound(to: UInt16.self))
        packed.storeBytes(of: 1 / scale, toByteOffset: 2 * wide.count, as: Float.self)
    }

    /// Rounds to a 16-bit type.
    private func narrow(
        _ wide: UnsafeMutableBufferPointer<Float>, to element: WeightElement, _ packed: UnsafeMutablePointer<UInt16>
    ) {
        var arguments = narrow_arguments(
            x: wide.baseAddress, element: Int(element.kernelType.rawValue), count: wide.count, y: packed)
        kernels.narrow(&arguments, 0, nil)
    }

    /// Rounds numbers in place, some at a time.
    private func round(_ rows: UnsafeMutablePointer<Float>, _ count: Int, to element: WeightElement) {
        if element == .f32 { return }
        withUnsafeTemporaryAllocation(of: UInt16.self, capacity: 4096) { narrowed in
            for first in stride(from: 0, to: count, by: narrowed.count) {
                let part = UnsafeMutableBufferPointer(start: rows + first, count: min(narrowed.count, count - first))
                narrow(part, to: element, narrowed.baseAddress.unsafelyUnwrapped)
                var arguments = widen_arguments(
                    x: narrowed.baseAddress, element: Int32(element.kernelType.rawValue), count: part.count,
                    y: part.baseAddress)
                kernels.widen(&arguments, 0, nil)
            }
        }
    }

    /// The rows of a matrix, [outputs, inputs, taps] without the padding of heads, until the next call.
    private func rows(
        of request: MatrixRequest
    ) throws(CheckpointError) -> (start: UnsafeMutablePointer<Float>, count: Int) {
        let rows = try anyRows(of: request)
        let count = rows.count * request.storedInputs * request.storedTaps
        guard request.element == .f16, let part = request.parts.first,
            let beyond = UnsafeBufferPointer(start: rows.start, count: count).first(where: {
                $0.magnitude >= 65520 && $0.isFinite
            })
        else { return rows }
        throw .beyondHalf(tensor: part.tensor, found: beyond)
    }

    private func anyRows(
        of request: MatrixRequest
    ) throws(CheckpointError) -> (start: UnsafeMutablePointer<Float>, count: Int) {
        if case .transpose(let matrix, let taps) = request.layout { return try transposedRows(request, matrix, taps) }
        let perOutput = request.storedInputs * request.storedTaps
        let rows = self.rows.memory(request.columns * perOutput)
        let isPlain = request.parts.count == 1 && request.parts[0].isWhole
        if !isPlain { rows.update(repeating: 0) }
        for part in request.parts {
            let count = part.outputs * perOutput
            if isPlain {
                try source.read(part.tensor, into: .init(rebasing: rows[..<count]), kernels: kernels)
                continue
            }
            let storedPerOutput = (part.inputs?.count ?? request.storedInputs) * request.storedTaps
            let stored = try read(part.tensor, part.outputs * storedPerOutput)
            let first = (part.inputs?.first ?? 0) * request.storedTaps
            for output in 0..<part.outputs {
                let row = rows.start + part.column(of: output) * perOutput
                let from = stored + output * storedPerOutput + first
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

    /// Inputs of each source as they are packed.
    fileprivate var packedChannels: (Int, Int) { (element.packed(channels.0), element.packed(channels.1)) }

    /// For each packed input the tensor's; −1 for zeros.
    fileprivate var inputMap: [Int32] {
        var map: [Int32] = []
        var first = 0
        for count in sources {
            for input in first..<first + count { map.append(storedInput(input).map(Int32.init) ?? -1) }
            map += Array(repeating: -1, count: element.packed(count) - count)
            first += count
        }
        return map
    }
}

extension WeightPart {
    /// Whether the packed rows are the tensor as it is.
    fileprivate var isWhole: Bool { heads == nil && scale == 1 && inputs == nil }
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
