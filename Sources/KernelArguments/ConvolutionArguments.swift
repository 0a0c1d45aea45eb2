package import CKernels

/// How the rows of a convolution's output follow one another.
package struct ConvolutionRows: Sendable {
    package var segments: Int
    /// Rows a segment.
    package var rows: Int
    package var segmentPositions: Int
    package var rowsPerPosition: Int
    /// Floats of y from a row of a segment to the next, and from a segment to the next.
    package var yRow: Int
    package var ySegment: Int

    /// Rows as given.
    package init(segments: Int, rows: Int, segmentPositions: Int, rowsPerPosition: Int, yRow: Int, ySegment: Int) {
        self.segments = segments
        self.rows = rows
        self.segmentPositions = segmentPositions
        self.rowsPerPosition = rowsPerPosition
        self.yRow = yRow
        self.ySegment = ySegment
    }
}

extension convolution_arguments {
    /// Everything but the pointers.
    ///
    /// - Parameters:
    ///   - columns: padded channels of y.
    ///   - inputLength: positions of the input.
    ///   - element: of the packed weights.
    package init(
        first: convolution_source, second: convolution_source? = nil, rows: ConvolutionRows, columns: Int, taps: Int,
        stride: Int = 1, padding: Int = 0, inputLength: Int, tileRows: Int, tilePanels: Int,
        element: kernel_element = KERNEL_ELEMENT_F32, geometry: kernel_geometry
    ) {
        self.init(
            source: (first, second ?? convolution_source()), weights: nil, weight_element: Int(element.rawValue),
            bias: nil, y: nil, y_row_stride: rows.yRow,
            y_segment_stride: rows.ySegment, columns: columns, segments: rows.segments, rows: rows.rows,
            segment_positions: rows.segmentPositions, rows_per_position: rows.rowsPerPosition, taps: taps,
            stride: stride, padding: padding, input_length: inputLength, tile_rows: tileRows, tile_panels: tilePanels,
            column_tiles: ceilDivide(ceilDivide(columns, geometry.panel_columns), tilePanels))
    }

    /// Tiles of the operation.
    package var tiles: Int { ceilDivide(segments * rows, tile_rows) * column_tiles }

    /// Bytes of scratch that it needs where y lies over the first source.
    package var scratchBytesInPlace: Int { Int(KERNEL_CONVOLUTION_ARGUMENT_BYTES) + 4 * tile_rows * columns }

    /// Bytes of scratch of `convolution_bfloat`: its rows as pairs.
    package var scratchBytesOfPairs: Int {
        var a = self
        func bytes(_ source: convolution_source) -> Int {
            var source = source
            return 4 * kernel_pair_rows(&a, &source, tile_rows) * kernel_pairs(&source)
        }
        return Int(KERNEL_CONVOLUTION_ARGUMENT_BYTES) + bytes(source.0) + bytes(source.1) + 64
    }

    /// A linear layer of `rows` rows in one tile of one panel: `x` is (rows, row stride), of which `channels` are read, `y`
    /// (rows, columns).
    package static func linear(
        _ x: UnsafePointer<Float>, rowStride: Int, channels: Int, bias: UnsafePointer<Float>,
        y: UnsafeMutablePointer<Float>, rows: Int, geometry: kernel_geometry
    ) -> convolution_arguments {
        let columns = geometry.panel_columns
        var result = convolution_arguments(
            first: convolution_source(
                x: x, channels: channels, row_stride: rowStride, segment_stride: 0, tap_stride: 0),
            rows: ConvolutionRows(
                segments: 1, rows: rows, segmentPositions: rows, rowsPerPosition: 1, yRow: columns, ySegment: 0),
            columns: columns, taps: 1, inputLength: rows, tileRows: rows, tilePanels: 1, geometry: geometry)
        result.bias = bias
        result.y = y
        return result
    }
}

/// How a weight that `pack_convolution_arguments` packs lies in memory.
package enum WeightLayout: Sendable {
    /// (outputs, inputs, taps).
    case convolution
    /// (inputs, outputs, 4), of a transposed convolution: taps `firstTap` and `firstTap` − 2.
    case transposed(firstTap: Int)
}

extension pack_convolution_arguments {
    /// Packs the weight `w` to `packed`, without a map of its inputs.
    ///
    /// - Parameters:
    ///   - outputs: of w.
    ///   - inputs: of w, which a map may pad to more.
    ///   - channels: packed inputs of each source.
    ///   - columns: padded outputs.
    package init(
        _ w: UnsafePointer<Float>, _ layout: WeightLayout, outputs: Int, inputs: Int, channels: (Int, Int), taps: Int,
        columns: Int, packed: UnsafeMutablePointer<Float>?
    ) {
        self.init(
            w: w, output_stride: inputs * taps, input_stride: taps, tap_stride: 1, tap_offset: 0, outputs: outputs,
            channels: channels, taps: taps, columns: columns, input_map: nil, packed: packed)
        if case .transposed(let firstTap) = layout {
            (output_stride, input_stride, tap_stride, tap_offset) = (4, 4 * outputs, -2, firstTap)
        }
    }
}

/// Puts words of two inputs side by side: w[i, o] → w[i / 2, o, i % 2].
package func interleavePairs(
    _ words: UnsafePointer<UInt16>, inputs: Int, columns: Int, into pairs: UnsafeMutablePointer<UInt16>
) {
    for pair in 0..<inputs / 2 {
        let (even, odd) = (words + 2 * pair * columns, words + (2 * pair + 1) * columns)
        let to = pairs + 2 * pair * columns
        for column in 0..<columns {
            to[2 * column] = even[column]
            to[2 * column + 1] = odd[column]
        }
    }
}
