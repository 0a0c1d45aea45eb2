import CKernels

/// `pack_convolution_arguments`: one panel of packed weights. Not on the forward path.
func packConvolution(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments.unsafelyUnwrapped.assumingMemoryBound(to: pack_convolution_arguments.self).pointee
    let panelColumns = RegisterTileMain.vectors * Lanes.scalarCount
    let columns = a.columns
    let firstColumn = tile * panelColumns
    let width = min(panelColumns, columns - firstColumn)
    let channels = (a.channels.0, a.channels.1)
    let taps = a.taps
    let outputs = max(0, min(width, a.outputs - firstColumn))
    var packed = a.packed.unsafelyUnwrapped + firstColumn * taps * (channels.0 + channels.1)
    let w = a.w.unsafelyUnwrapped + (firstColumn * a.output_stride + a.tap_offset)

    var firstInput = 0
    var source = 0
    while source < 2 {
        let count = source == 0 ? channels.0 : channels.1
        // A block of channels at a time: what is read of it stays near until all its taps are packed.
        var first = 0
        while first < count {
            let end = min(first + Int(KERNEL_CHANNEL_BLOCK), count)
            var tap = 0
            while tap < taps {
                var channel = first
                while channel < end {
                    let packedInput = firstInput + channel
                    let input = a.input_map == nil ? packedInput : Int(a.input_map[packedInput])
                    let row = packed + (tap * count + channel) * width
                    let existing = input >= 0 ? outputs : 0
                    copy(
                        w + (input * a.input_stride + tap * a.tap_stride), a.output_stride, row, 1, count: existing)
                    clear(row + existing, count: width - existing)
                    channel += 1
                }
                tap += 1
            }
            first = end
        }
        packed += count * taps * width
        firstInput += count
        source += 1
    }
}

/// `count` zeros.
@inline(__always)
func clear(_ q: UnsafeMutablePointer<Float>, count: Int) {
    var i = 0
    while i < count {
        q[i] = 0
        i += 1
    }
}
