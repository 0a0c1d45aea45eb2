import CKernels

extension convolution_arguments {
    /// A linear layer of `rows` rows in one tile, for probes: `x` is (rows, row stride), `y` (rows, columns).
    static func linear(
        _ x: UnsafePointer<Float>, rowStride: Int, bias: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>,
        rows: Int, columns: Int
    ) -> convolution_arguments {
        var result = convolution_arguments()
        result.source.0.x = x
        result.source.0.row_stride = rowStride
        result.bias = bias
        result.y = y
        result.y_row_stride = columns
        result.columns = columns
        result.segments = 1
        result.rows = rows
        result.segment_positions = rows
        result.rows_per_position = 1
        result.taps = 1
        result.stride = 1
        result.input_length = rows
        result.tile_rows = rows
        result.tile_panels = 1
        result.column_tiles = 1
        return result
    }
}
