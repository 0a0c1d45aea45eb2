import CKernels

/// `resample_arguments`, down: eight taps over positions 2i − 3 … 2i + 4, depthwise.
func downsample(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments.unsafelyUnwrapped.assumingMemoryBound(to: resample_arguments.self)
    let length = a.pointee.length
    let width = a.pointee.width
    let x = a.pointee.x.unsafelyUnwrapped
    let taps = a.pointee.taps.unsafelyUnwrapped
    var position = tile * a.pointee.tile_positions
    let end = min(position + a.pointee.tile_positions, a.pointee.output_length)
    while position < end {
        let y = a.pointee.y + position * width
        let p = 2 * position - 3
        let x0 = x + reflected(p, length) * width
        let x1 = x + reflected(p + 1, length) * width
        let x2 = x + reflected(p + 2, length) * width
        let x3 = x + reflected(p + 3, length) * width
        let x4 = x + reflected(p + 4, length) * width
        let x5 = x + reflected(p + 5, length) * width
        let x6 = x + reflected(p + 6, length) * width
        let x7 = x + reflected(p + 7, length) * width
        var c = 0
        while c < width {
            var low = loadLanes(x0 + c) * Lanes(repeating: taps[0])
            var high = loadLanes(x4 + c) * Lanes(repeating: taps[4])
            low = multiplyAdd(low, loadLanes(x1 + c), Lanes(repeating: taps[1]))
            high = multiplyAdd(high, loadLanes(x5 + c), Lanes(repeating: taps[5]))
            low = multiplyAdd(low, loadLanes(x2 + c), Lanes(repeating: taps[2]))
            high = multiplyAdd(high, loadLanes(x6 + c), Lanes(repeating: taps[6]))
            low = multiplyAdd(low, loadLanes(x3 + c), Lanes(repeating: taps[3]))
            high = multiplyAdd(high, loadLanes(x7 + c), Lanes(repeating: taps[7]))
            storeLanes(low + high, y + c)
            c += Lanes.scalarCount
        }
        position += 1
    }
}

/// `resample_arguments`, up: four taps for each output, the odd ones for even positions.
func upsample(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments.unsafelyUnwrapped.assumingMemoryBound(to: resample_arguments.self)
    let length = a.pointee.length
    let width = a.pointee.width
    let x = a.pointee.x.unsafelyUnwrapped
    let taps = a.pointee.taps.unsafelyUnwrapped
    var position = tile * a.pointee.tile_positions
    let end = min(position + a.pointee.tile_positions, a.pointee.output_length)
    while position < end {
        let y = a.pointee.y + position * width
        let odd = position & 1
        let newest = (position >> 1) + 1 + odd
        let tap = 1 - odd
        let x0 = x + reflected(newest, length) * width
        let x1 = x + reflected(newest - 1, length) * width
        let x2 = x + reflected(newest - 2, length) * width
        let x3 = x + reflected(newest - 3, length) * width
        let t0 = Lanes(repeating: taps[tap])
        let t1 = Lanes(repeating: taps[tap + 2])
        let t2 = Lanes(repeating: taps[tap + 4])
        let t3 = Lanes(repeating: taps[tap + 6])
        var c = 0
        while c < width {
            let newer = multiplyAdd(loadLanes(x0 + c) * t0, loadLanes(x1 + c), t1)
            let older = multiplyAdd(loadLanes(x2 + c) * t2, loadLanes(x3 + c), t3)
            storeLanes(newer + older, y + c)
            c += Lanes.scalarCount
        }
        position += 1
    }
}

/// Reflection about the first and the last position, the edge not repeated.
@inline(__always)
private func reflected(_ position: Int, _ length: Int) -> Int {
    if position < 0 { return -position }
    if position >= length { return 2 * (length - 1) - position }
    return position
}
