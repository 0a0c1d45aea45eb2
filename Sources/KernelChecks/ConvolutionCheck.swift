import CKernels
import Glibc
internal import KernelArguments
package import KernelDispatch
import KernelsReference

/// A convolution, a linear layer or half of a transposed convolution, packed and run.
package struct ConvolutionCheck: KernelCheck {
    /// How rows are told to the kernel.
    package enum Layout: Sendable {
        /// One segment with `batch` rows a position; needs stride 1 and no halves, or a batch of one.
        case interleaved
        /// A segment a batch element, a row a position.
        case segmentPerElement
        /// A segment a position, a row a batch element.
        case segmentPerPosition
    }

    /// Input positions.
    package var length: Int
    package var batch = 1
    /// The channels of the one or two sources; 0 for none.
    package var channels = 16
    package var skipChannels = 0
    package var outputs: Int
    package var taps = 1
    package var padding = 0
    package var stride = 1
    /// 0 or 1: the even or odd outputs of a transposed convolution of 4 taps, stride 2, padding 1.
    package var half: Int?
    package var layout = Layout.interleaved
    package var tileRows = 1000
    package var tilePanels = 100
    /// The input row, if any, that starts with a NaN.
    package var nanRow: Int?
    /// Whether outputs are written over the first source: one tap, all panels in a tile, as many padded outputs as channels.
    package var isInPlace = false
    /// The type of the packed weights.
    package var element = KERNEL_ELEMENT_F32

    package init(length: Int, outputs: Int) {
        self.length = length
        self.outputs = outputs
    }

    package var description: String {
        "convolution of \(length) positions, batch \(batch), \(channels)+\(skipChannels) → \(outputs) channels, "
            + "taps \(taps), padding \(padding), stride \(stride), half \(half.map(String.init) ?? "none"), \(layout), "
            + "tiles of \(tileRows) rows × \(tilePanels) panels, NaN \(nanRow.map(String.init) ?? "none")\(isInPlace ? ", in place" : ""), "
            + "weights of type \(element.rawValue)"
    }

    private var outputLength: Int { half == nil ? (length + 2 * padding - taps) / stride + 1 : length }
    private var columns: Int { padded(outputs) }
    private var rows: Int { outputLength * batch }
    private var terms: Int { taps * (channels + skipChannels) }
    private var outputCount: Int { rows * columns * (half == nil ? 1 : 2) }

    package func failures(of implementations: [Implementation], in memory: CheckMemory) -> [String] {
        let x = input(channels, seed: 1, memory)
        let skip = skipChannels > 0 ? input(skipChannels, seed: 2, memory) : nil
        let w = memory.uniform(outputs * (channels + skipChannels) * (half == nil ? taps : 4), seed: 3)
        let bias = memory.rows(1, channels: outputs, seed: 4)
        if let nanRow { x[padding * batch * padded(channels) + nanRow * padded(channels)] = .nan }

        let reference = KernelsReference.kernelTable()
        let expected = memory.floats(outputCount)
        if let failure = compute(reference, x, skip, w, bias, expected, memory) { return ["reference: \(failure)"] }

        // The same sums of magnitudes bound the rounding errors.
        let magnitudes = memory.floats(outputCount)
        let failure = compute(
            reference, memory.magnitudes(x, inputCount(channels)),
            skip.map { memory.magnitudes($0, inputCount(skipChannels)) },
            memory.magnitudes(w, outputs * (channels + skipChannels) * (half == nil ? taps : 4)),
            memory.magnitudes(bias, columns), magnitudes, memory)
        if let failure { return ["reference: \(failure)"] }
        let error = sumError(terms: terms + 1)

        return collect(implementations, memory) { table in
            let y = memory.floats(outputCount)
            return compute(table, x, skip, w, bias, y, memory)
                ?? difference(y, expected, outputCount) { error * Double(magnitudes[$0]) }
                ?? withSmallestTiles.otherBits(than: y, table, x, skip, w, bias, memory)
        }
    }

    private var withSmallestTiles: ConvolutionCheck {
        var check = self
        check.tileRows = 1
        if !isInPlace { check.tilePanels = 1 }
        return check
    }

    /// What differs from a result of other tiles: nothing may, but for the bits of a NaN.
    private func otherBits(
        than y: UnsafePointer<Float>, _ table: kernel_table, _ x: UnsafePointer<Float>, _ skip: UnsafePointer<Float>?,
        _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, _ memory: CheckMemory
    ) -> String? {
        guard nanRow == nil else { return nil }
        let other = memory.floats(outputCount)
        if let failure = compute(table, x, skip, w, bias, other, memory) { return failure }
        return memcmp(y, other, outputCount * 4) == 0 ? nil : "bits depend on tiles"
    }

    // MARK: - Inputs

    private var positionsBehind: Int {
        let lastRead = (outputLength - 1) * stride + taps - 1 - padding
        return max(0, lastRead - (length - 1))
    }

    private func inputCount(_ channels: Int) -> Int {
        (padding + length + positionsBehind) * batch * padded(channels)
    }

    /// Rows of the input between the zero rows that the taps reach.
    private func input(_ channels: Int, seed: UInt64, _ memory: CheckMemory) -> UnsafeMutablePointer<Float> {
        let x = memory.floats(inputCount(channels))
        let width = padded(channels)
        let rows = memory.rows(length * batch, channels: channels, seed: seed)
        memcpy(x + padding * batch * width, rows, length * batch * width * 4)
        return x
    }

    // MARK: - Run

    private func compute(
        _ table: kernel_table, _ x: UnsafePointer<Float>, _ skip: UnsafePointer<Float>?, _ w: UnsafePointer<Float>,
        _ bias: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ memory: CheckMemory
    ) -> String? {
        var a = convolution_arguments(
            first: source(x, channels), second: skip.map { source($0, skipChannels) }, rows: outputRows,
            columns: columns, taps: taps, stride: stride, padding: padding, inputLength: length, tileRows: tileRows,
            tilePanels: tilePanels, element: element, geometry: table.geometry)
        a.weights = packedWeights(table, w, memory)
        a.bias = bias
        a.y = y + (half ?? 0) * batch * columns
        if isInPlace {
            precondition(taps == 1 && a.column_tiles == 1 && columns == padded(channels))
            memcpy(y, x, outputCount * 4)
            a.source.0.x = UnsafePointer(y)
            return run(
                isPaired ? table.convolution_bfloat : table.convolution, a, tiles: a.tiles, output: nil,
                scratchBytes: isPaired ? a.scratchBytesOfPairs : a.scratchBytesInPlace, in: memory)
        }
        return run(
            isPaired ? table.convolution_bfloat : table.convolution, a, tiles: a.tiles, output: Output(y, outputCount),
            scratchBytes: isPaired ? a.scratchBytesOfPairs : 0, in: memory)
    }

    /// The output's rows; of half of a transposed convolution every other position.
    private var outputRows: ConvolutionRows {
        let spread = half == nil ? 1 : 2
        let position = spread * batch * columns
        return switch layout {
        case .interleaved:
            ConvolutionRows(
                segments: 1, rows: rows, segmentPositions: 0, rowsPerPosition: batch, yRow: spread * columns,
                ySegment: 0)
        case .segmentPerElement:
            ConvolutionRows(
                segments: batch, rows: outputLength, segmentPositions: 0, rowsPerPosition: 1, yRow: position,
                ySegment: columns)
        case .segmentPerPosition:
            ConvolutionRows(
                segments: outputLength, rows: batch, segmentPositions: 1, rowsPerPosition: batch, yRow: columns,
                ySegment: position)
        }
    }

    private func source(_ x: UnsafePointer<Float>, _ channels: Int) -> convolution_source {
        let width = padded(channels)
        let position = batch * width
        var s = convolution_source()
        s.x = x
        s.channels = channels
        s.tap_stride = position
        switch layout {
        case .interleaved: s.row_stride = stride * width
        case .segmentPerElement: (s.row_stride, s.segment_stride) = (stride * position, width)
        case .segmentPerPosition: (s.row_stride, s.segment_stride) = (width, stride * position)
        }
        return s
    }

    private func packedWeights(
        _ table: kernel_table, _ w: UnsafePointer<Float>, _ memory: CheckMemory
    ) -> UnsafeRawPointer {
        let inputs = channels + skipChannels
        let widths = panelWidths(columns, table.geometry.panel_columns)
        let even = (isPaired ? (channels + 1) / 2 * 2 : channels, isPaired ? (skipChannels + 1) / 2 * 2 : skipChannels)
        let terms = taps * (even.0 + even.1)
        let packed = memory.floats(widths.reduce(0, +) * terms)
        let map = memory.bytes(4 * (even.0 + even.1)).assumingMemoryBound(to: Int32.self)
        for i in 0..<even.0 { map[i] = i < channels ? Int32(i) : -1 }
        for i in 0..<even.1 { map[even.0 + i] = i < skipChannels ? Int32(channels + i) : -1 }
        var a = pack_convolution_arguments(
            w, half.map { .transposed(firstTap: 3 - $0) } ?? .convolution, outputs: outputs, inputs: inputs,
            channels: even, taps: taps, columns: columns, packed: packed)
        if isPaired { a.input_map = UnsafePointer(map) }
        for panel in 0..<widths.count { table.pack_convolution(&a, panel, nil) }
        if element == KERNEL_ELEMENT_F32 { return UnsafeRawPointer(packed) }
        let count = widths.reduce(0, +) * terms
        let narrowed = memory.bytes(2 * count).assumingMemoryBound(to: UInt16.self)
        let type = isPaired ? KERNEL_ELEMENT_BF16 : element
        var narrowing = narrow_arguments(x: packed, element: Int(type.rawValue), count: count, y: narrowed)
        table.narrow(&narrowing, 0, nil)
        guard isPaired else { return UnsafeRawPointer(narrowed) }
        let pairs = memory.bytes(2 * count).assumingMemoryBound(to: UInt16.self)
        var first = 0
        for width in widths {
            interleavePairs(narrowed + first, inputs: terms, columns: width, into: pairs + first)
            first += width * terms
        }
        return UnsafeRawPointer(pairs)
    }

    private var isPaired: Bool { element == KERNEL_ELEMENT_BF16_PAIRS }
}

extension ConvolutionCheck {
    /// Cases of the self-test.
    static var samples: [any KernelCheck] {
        sizes + [KERNEL_ELEMENT_F16, KERNEL_ELEMENT_BF16].flatMap { element in sizes.map { $0.with(element) } }
    }

    /// Cases of the self-test of products of bfloat16.
    static var bfloatSamples: [any KernelCheck] { sizes.map { $0.with(KERNEL_ELEMENT_BF16_PAIRS) } }

    private func with(_ element: kernel_element) -> ConvolutionCheck {
        var check = self
        check.element = element
        return check
    }

    private static var sizes: [ConvolutionCheck] {
        var two = ConvolutionCheck(length: 29, outputs: 50)
        (two.batch, two.channels, two.skipChannels, two.taps, two.padding, two.tileRows) = (2, 33, 14, 5, 2, 24)
        var strided = ConvolutionCheck(length: 20, outputs: 17)
        (strided.batch, strided.taps, strided.padding, strided.stride) = (2, 3, 1, 2)
        strided.layout = .segmentPerElement
        // A panel that passes in parts.
        var deep = ConvolutionCheck(length: 14, outputs: 40)
        (deep.channels, deep.skipChannels, deep.taps, deep.padding) = (700, 33, 5, 2)
        return [two, strided, deep]
    }
}
