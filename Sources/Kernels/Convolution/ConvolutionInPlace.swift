import CKernels

/// Sets the rows of a tile aside where the outputs of a convolution lie over its first source: a panel is stored before the next
/// one reads the rows again.
///
/// - Returns: the arguments with a first source that reads the copy; `a` itself where nothing lies over another.
func withRowsSetAside(
    _ a: UnsafePointer<convolution_arguments>, _ firstRow: Int, _ endRow: Int, _ scratch: UnsafeMutableRawPointer?
) -> UnsafePointer<convolution_arguments> {
    let source = a.pointee.source.0
    guard let x = source.x, let y = a.pointee.y, x == UnsafePointer(y), let scratch else { return a }
    let columns = a.pointee.columns
    let rowsPerSegment = a.pointee.rows
    let copy = (scratch + Int(KERNEL_CONVOLUTION_ARGUMENT_BYTES)).assumingMemoryBound(to: Float.self)
    var to = copy
    var segment = firstRow / rowsPerSegment
    var row = firstRow - segment * rowsPerSegment
    var remaining = endRow - firstRow
    while remaining > 0 {
        let from = x + segment * source.segment_stride + row * source.row_stride
        var column = 0
        while column < columns {
            storeLanes(loadLanes(from + column), to + column)
            column += Lanes.scalarCount
        }
        to += columns
        row += 1
        if row == rowsPerSegment {
            segment += 1
            row = 0
        }
        remaining -= 1
    }
    var arguments = a.pointee
    arguments.source.0.x = UnsafePointer(copy - firstRow * columns)
    arguments.source.0.row_stride = columns
    arguments.source.0.segment_stride = rowsPerSegment * columns
    scratch.storeBytes(of: arguments, as: convolution_arguments.self)
    return UnsafePointer(scratch.assumingMemoryBound(to: convolution_arguments.self))
}
