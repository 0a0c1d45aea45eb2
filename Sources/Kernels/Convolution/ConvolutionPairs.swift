import CKernels

/// Rounds the rows that a tile reads to bfloat16, and writes them to scratch as pairs of inputs.
///
/// - Returns: the arguments with sources that are these rows: a channel is a pair, and strides count pairs.
func withRowsOfPairs(
    _ a: UnsafePointer<convolution_arguments>, _ firstRow: Int, _ endRow: Int, _ scratch: UnsafeMutableRawPointer?
) -> UnsafePointer<convolution_arguments> {
    let scratch = scratch.unsafelyUnwrapped
    var arguments = a.pointee
    let first = scratch + Int(KERNEL_CONVOLUTION_ARGUMENT_BYTES)
    arguments.source.0 = sourceOfPairs(a, a.pointee.source.0, firstRow, endRow, first)
    if a.pointee.source.1.channels > 0 {
        var source = a.pointee.source.0
        let second = first + 4 * kernel_pair_rows(a, &source, endRow - firstRow) * kernel_pairs(&source)
        arguments.source.1 = sourceOfPairs(a, a.pointee.source.1, firstRow, endRow, second)
    }
    scratch.storeBytes(of: arguments, as: convolution_arguments.self)
    return UnsafePointer(scratch.assumingMemoryBound(to: convolution_arguments.self))
}

/// The rows of a source that a tile reads, as pairs at `pairs`.
private func sourceOfPairs(
    _ a: UnsafePointer<convolution_arguments>, _ source: convolution_source, _ firstRow: Int, _ endRow: Int,
    _ pairs: UnsafeMutableRawPointer
) -> convolution_source {
    var source = source
    let x = source.x.unsafelyUnwrapped
    let channels = source.channels
    let width = kernel_pairs(&source)
    let taps = a.pointee.taps
    let rowsPerSegment = a.pointee.rows
    let start = pairs.assumingMemoryBound(to: Float.self)
    var result = source
    result.channels = width
    if kernel_pairs_are_flat(a, &source) != 0 {
        let rows = kernel_pair_rows(a, &source, endRow - firstRow)
        var row = 0
        while row < rows {
            narrowRow(x + (firstRow + row) * source.row_stride, channels, start + row * width)
            row += 1
        }
        result.x = UnsafePointer(start - firstRow * width)
        result.row_stride = width
        result.tap_stride = source.tap_stride / source.row_stride * width
        result.segment_stride = 0
        return result
    }
    var segment = firstRow / rowsPerSegment
    var row = firstRow - segment * rowsPerSegment
    var at = start
    var remaining = endRow - firstRow
    while remaining > 0 {
        let from = x + (segment * source.segment_stride + row * source.row_stride)
        var tap = 0
        while tap < taps {
            narrowRow(from + tap * source.tap_stride, channels, at)
            at += width
            tap += 1
        }
        row += 1
        if row == rowsPerSegment {
            segment += 1
            row = 0
        }
        remaining -= 1
    }
    result.x = UnsafePointer(start - firstRow * taps * width)
    result.row_stride = taps * width
    result.segment_stride = rowsPerSegment * taps * width
    result.tap_stride = width
    return result
}
