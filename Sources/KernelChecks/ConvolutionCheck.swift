import CKernels
import Glibc
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
    /// Of the one or two sources; 0 for none.
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

    package init(length: Int, outputs: Int) {
        self.length = length
        self.outputs = outputs
    }

    package var description: String {
        "convolution of \(length) positions, batch \(batch), \(channels)+\(skipChannels) → \(outputs) channels, "
            + "taps \(taps), padding \(padding), stride \(stride), half \(half.map(String.init) ?? "none"), \(layout), "
            + "tiles of \(tileRows) rows × \(tilePanels) panels, NaN \(nanRow.map(String.init) ?? "none")\(isInPlace ? ", in place" : "")"
    }

    private var outputLength: Int { half == nil ? (length + 2 * padding - taps) / stride + 1 : length }
    private var columns: Int { paddedChannels(outputs) }
    private var rows: Int { outputLength * batch }
    private var terms: Int { taps * (channels + skipChannels) }
    private var outputCount: Int { rows * columns * (half == nil ? 1 : 2) }

    package func failures(of implementations: [Implementation], in memory: CheckMemory) -> [String] {
        let x = input(channels, seed: 1, memory)
        let skip = skipChannels > 0 ? input(skipChannels, seed: 2, memory) : nil
        let w = memory.uniform(outputs * (channels + skipChannels) * (half == nil ? taps : 4), seed: 3)
        let bias = memory.rows(1, channels: outputs, seed: 4)
        if let nanRow { x[padding * batch * paddedChannels(channels) + nanRow * paddedChannels(channels)] = .nan }

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
        }
    }

    // MARK: - Inputs

    private var positionsBehind: Int {
        let lastRead = (outputLength - 1) * stride + taps - 1 - padding
        return max(0, lastRead - (length - 1))
    }

    private func inputCount(_ channels: Int) -> Int {
        (padding + length + positionsBehind) * batch * paddedChannels(channels)
    }

    /// Rows of the input between the zero rows that the taps reach.
    private func input(_ channels: Int, seed: UInt64, _ memory: CheckMemory) -> UnsafeMutablePointer<Float> {
        let x = memory.floats(inputCount(channels))
        let width = paddedChannels(channels)
        let rows = memory.rows(length * batch, channels: channels, seed: seed)
        memcpy(x + padding * batch * width, rows, length * batch * width * 4)
        return x
    }

    // MARK: - Run

    private func compute(
        _ table: kernel_table, _ x: UnsafePointer<Float>, _ skip: UnsafePointer<Float>?, _ w: UnsafePointer<Float>,
        _ bias: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ memory: CheckMemory
    ) -> String? {
        var a = convolution_arguments()
        a.source.0 = source(x, channels)
        if let skip { a.source.1 = source(skip, skipChannels) }
        let panels = pieces(columns, of: table.geometry.panel_columns)
        let packed = packedWeights(table, w, memory)
        a.weights = UnsafePointer(packed)
        a.bias = bias
        a.y = y
        let spread = half == nil ? 1 : 2
        let position = spread * batch * columns
        if let half { a.y = y + half * batch * columns }
        a.columns = columns
        switch layout {
        case .interleaved:
            (a.segments, a.rows, a.segment_positions, a.rows_per_position) = (1, rows, 0, batch)
            a.y_row_stride = spread * columns
        case .segmentPerElement:
            (a.segments, a.rows, a.segment_positions, a.rows_per_position) = (batch, outputLength, 0, 1)
            (a.y_row_stride, a.y_segment_stride) = (position, columns)
        case .segmentPerPosition:
            (a.segments, a.rows) = (outputLength, batch)
            (a.segment_positions, a.rows_per_position) = (1, batch)
            (a.y_row_stride, a.y_segment_stride) = (columns, position)
        }
        a.taps = taps
        a.stride = stride
        a.padding = padding
        a.input_length = length
        a.tile_rows = tileRows
        a.tile_panels = tilePanels
        let columnTiles = pieces(panels, of: tilePanels)
        a.column_tiles = columnTiles
        if isInPlace {
            precondition(taps == 1 && columnTiles == 1 && columns == paddedChannels(channels))
            memcpy(y, x, outputCount * 4)
            a.source.0.x = UnsafePointer(y)
            return run(
                table.convolution, a, tiles: pieces(rows, of: tileRows), output: nil,
                scratchBytes: Int(KERNEL_CONVOLUTION_ARGUMENT_BYTES) + 4 * min(rows, tileRows) * columns, in: memory)
        }
        return run(
            table.convolution, a, tiles: pieces(rows, of: tileRows) * columnTiles, output: Output(y, outputCount),
            in: memory)
    }

    private func source(_ x: UnsafePointer<Float>, _ channels: Int) -> convolution_source {
        let width = paddedChannels(channels)
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
    ) -> UnsafeMutablePointer<Float> {
        let inputs = channels + skipChannels
        var a = pack_convolution_arguments()
        a.w = w
        if let half {
            (a.input_stride, a.output_stride, a.tap_stride, a.tap_offset) = (
                outputs * 4, 4, -2, 3 - half
            )
        } else {
            (a.input_stride, a.output_stride, a.tap_stride) = (taps, inputs * taps, 1)
        }
        a.outputs = outputs
        a.channels = (channels, skipChannels)
        a.taps = taps
        a.columns = columns
        let widths = panelWidths(columns, table.geometry.panel_columns)
        a.packed = memory.floats(widths.reduce(0, +) * terms)
        for panel in 0..<widths.count { table.pack_convolution(&a, panel, nil) }
        return a.packed
    }
}

/// The widths of the packed panels of `columns` outputs: the last may be half as wide.
func panelWidths(_ columns: Int, _ panelColumns: Int) -> [Int] {
    let rest = columns % panelColumns
    let full = [Int](repeating: panelColumns, count: columns / panelColumns)
    return rest == 0 ? full : full + [rest <= panelColumns / 2 ? panelColumns / 2 : panelColumns]
}
