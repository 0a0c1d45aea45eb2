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

/// `resample_arguments`, the transpose of down: extended position e met tap e + 3 − 2i of output i.
func downsampleGradient(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    gatherTerms(arguments, tile, DownTerms.self)
}

/// `resample_arguments`, the transpose of up: extended position e met tap n + 3 − 2e of output n.
func upsampleGradient(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    gatherTerms(arguments, tile, UpTerms.self)
}

/// Which outputs of a resampling met a position of the input that is extended by reflection, and by which tap.
private protocol ResamplingTerms {
    static func first(_ position: Int) -> Int
    static func last(_ position: Int) -> Int
    static func tap(_ position: Int, _ output: Int) -> Int
}

private enum DownTerms: ResamplingTerms {
    @inline(__always)
    static func first(_ position: Int) -> Int { (position - 3) >> 1 }
    @inline(__always)
    static func last(_ position: Int) -> Int { (position + 3) >> 1 }
    @inline(__always)
    static func tap(_ position: Int, _ output: Int) -> Int { position + 3 - 2 * output }
}

private enum UpTerms: ResamplingTerms {
    @inline(__always)
    static func first(_ position: Int) -> Int { 2 * position - 3 }
    @inline(__always)
    static func last(_ position: Int) -> Int { 2 * position + 4 }
    @inline(__always)
    static func tap(_ position: Int, _ output: Int) -> Int { output + 3 - 2 * position }
}

/// Every position of y, and its reflections before the first and behind the last position.
@inline(__always)
private func gatherTerms<Terms: ResamplingTerms>(_ arguments: UnsafeRawPointer?, _ tile: Int, _: Terms.Type) {
    let a = arguments.unsafelyUnwrapped.assumingMemoryBound(to: resample_arguments.self)
    let last = a.pointee.output_length - 1
    var position = tile * a.pointee.tile_positions
    let end = min(position + a.pointee.tile_positions, last + 1)
    while position < end {
        let before = position > 0 ? -position : 0
        let behind = position < last ? 2 * last - position : last
        let y = a.pointee.y + position * a.pointee.width
        var c = 0
        while c < a.pointee.width {
            var sum = terms(a, Terms.self, position, c)
            if before != 0 && before >= -3 { sum += terms(a, Terms.self, before, c) }
            if behind != last && behind <= last + 4 { sum += terms(a, Terms.self, behind, c) }
            storeLanes(sum, y + c)
            c += Lanes.scalarCount
        }
        position += 1
    }
}

/// What an extended position met.
@inline(__always)
private func terms<Terms: ResamplingTerms>(
    _ a: UnsafePointer<resample_arguments>, _: Terms.Type, _ position: Int, _ c: Int
) -> Lanes {
    var sum = Lanes()
    var output = max(0, Terms.first(position))
    let last = min(a.pointee.length - 1, Terms.last(position))
    while output <= last {
        sum = multiplyAdd(
            sum, loadLanes(a.pointee.x + (output * a.pointee.width + c)),
            Lanes(repeating: a.pointee.taps[Terms.tap(position, output)]))
        output += 1
    }
    return sum
}
