import CKernels

/// y[s, i, o] = bias[o] + Σ_source Σ_t Σ_c x[s, i, t, c] · w[t, c, o], for the rows and panels of one tile.
/// Source: diffusers 0.26.3, unet_1d_blocks.py and resnet.py, nn.Conv1d, nn.Linear and nn.ConvTranspose1d.
func convolution(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    convolve(arguments!.load(as: convolution_arguments.self), tile, scratch)
}

/// `convolution_bfloat`: x is rounded to bfloat16.
func convolutionBFloat(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    convolve(arguments!.load(as: convolution_arguments.self), tile, scratch)
}

private func convolve(_ a: convolution_arguments, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let (rowTile, columnTile) = tile.quotientAndRemainder(dividingBy: a.column_tiles)
    let panelSize = a.taps * (inputs(a, a.source.0) + inputs(a, a.source.1)) * panelColumns
    // In place, a row is complete before it is stored: its outputs all read it.
    let isInPlace = a.y == a.source.0.x
    for row in tileRange(rowTile, of: a.tile_rows, in: a.segments * a.rows) {
        let (s, i) = row.quotientAndRemainder(dividingBy: a.rows)
        let position = s * a.segment_positions + i / a.rows_per_position
        let y = a.y + s * a.y_segment_stride + i * a.y_row_stride
        let sums = isInPlace ? scratch!.assumingMemoryBound(to: Float.self) : y
        for o in tileRange(columnTile, of: a.tile_panels * panelColumns, in: a.columns) {
            let (panel, column) = o.quotientAndRemainder(dividingBy: panelColumns)
            let weights = panel * panelSize + (isPaired(a) ? 2 : 1) * column
            let weights1 = weights + a.taps * inputs(a, a.source.0) * panelColumns
            let sum = dot(a, a.source.0, weights, s, i, position) + dot(a, a.source.1, weights1, s, i, position)
            sums[o] = Float(Double(a.bias[o]) + sum)
        }
        if isInPlace { y.update(from: sums, count: a.columns) }
    }
}

/// Σ_t Σ_c x[s, i, t, c] · w[t, c] over the taps that read inside 0 ..< input_length; `weights` is where w begins.
private func dot(
    _ a: convolution_arguments, _ source: convolution_source, _ weights: Int, _ s: Int, _ i: Int,
    _ position: Int
) -> Double {
    guard source.channels > 0 else { return 0 }
    var sum = 0.0
    for t in 0..<a.taps where 0..<a.input_length ~= position * a.stride + t - a.padding {
        let x =
            source.x + s * source.segment_stride + i * source.row_stride + t * source.tap_stride
        let first = weights + t * inputs(a, source) * panelColumns
        switch kernel_element(rawValue: UInt32(a.weight_element)) {
        case KERNEL_ELEMENT_F32:
            let w = a.weights.assumingMemoryBound(to: Float.self) + first
            for c in 0..<source.channels { sum += Double(x[c]) * Double(w[c * panelColumns]) }
        case KERNEL_ELEMENT_BF16_PAIRS:
            // An output has a word for each input of a pair, side by side.
            for c in 0..<source.channels {
                sum += Double(rounded(x[c])) * Double(weight(a, first + c / 2 * 2 * panelColumns + c % 2))
            }
        default:
            for c in 0..<source.channels { sum += Double(x[c]) * Double(weight(a, first + c * panelColumns)) }
        }
    }
    return sum
}

/// A packed weight of 16 bits, widened.
private func weight(_ a: convolution_arguments, _ index: Int) -> Float {
    let bits = a.weights.load(fromByteOffset: 2 * index, as: UInt16.self)
    return a.weight_element == Int(KERNEL_ELEMENT_F16.rawValue) ? half(bits) : Float(bitPattern: UInt32(bits) << 16)
}

private func isPaired(_ a: convolution_arguments) -> Bool {
    a.weight_element == Int(KERNEL_ELEMENT_BF16_PAIRS.rawValue)
}

/// Packed inputs of a source: an even number where they are pairs.
private func inputs(_ a: convolution_arguments, _ source: convolution_source) -> Int {
    isPaired(a) ? (source.channels + 1) / 2 * 2 : source.channels
}

/// The nearest number of bfloat16.
func rounded(_ x: Float) -> Float {
    Float(
        bitPattern: UInt32(narrowed(x, fractionBits: 7, minimumExponent: -126, maximumExponent: 127)) << 16)
}
