import CKernels

/// y[s, i, o] = bias[o] + Σ_source Σ_t Σ_c x[s, i, t, c] · w[t, c, o], for the rows and panels of one tile.
/// Source: diffusers 0.26.3, unet_1d_blocks.py and resnet.py, nn.Conv1d, nn.Linear and nn.ConvTranspose1d.
func convolution(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments!.load(as: convolution_arguments.self)
    let (rowTile, columnTile) = tile.quotientAndRemainder(dividingBy: a.column_tiles)
    let panelSize = a.taps * (a.source.0.channels + a.source.1.channels) * panelColumns
    // In place, a row is complete before it is stored: its outputs all read it.
    let isInPlace = a.y == a.source.0.x
    for row in tileRange(rowTile, of: a.tile_rows, in: a.segments * a.rows) {
        let (s, i) = row.quotientAndRemainder(dividingBy: a.rows)
        let position = s * a.segment_positions + i / a.rows_per_position
        let y = a.y + s * a.y_segment_stride + i * a.y_row_stride
        let sums = isInPlace ? scratch!.assumingMemoryBound(to: Float.self) : y
        for o in tileRange(columnTile, of: a.tile_panels * panelColumns, in: a.columns) {
            let (panel, column) = o.quotientAndRemainder(dividingBy: panelColumns)
            let weights = a.weights + panel * panelSize + column
            let weights1 = weights + a.taps * a.source.0.channels * panelColumns
            let sum = dot(a, a.source.0, weights, s, i, position) + dot(a, a.source.1, weights1, s, i, position)
            sums[o] = Float(Double(a.bias[o]) + sum)
        }
        if isInPlace { y.update(from: sums, count: a.columns) }
    }
}

/// Σ_t Σ_c x[s, i, t, c] · w[t, c] over the taps that read inside 0 ..< input_length.
private func dot(
    _ a: convolution_arguments, _ source: convolution_source, _ weights: UnsafePointer<Float>, _ s: Int, _ i: Int,
    _ position: Int
) -> Double {
    guard source.channels > 0 else { return 0 }
    var sum = 0.0
    for t in 0..<a.taps where 0..<a.input_length ~= position * a.stride + t - a.padding {
        let x =
            source.x + s * source.segment_stride + i * source.row_stride + t * source.tap_stride
        for c in 0..<source.channels {
            sum += Double(x[c]) * Double(weights[(t * source.channels + c) * panelColumns])
        }
    }
    return sum
}
