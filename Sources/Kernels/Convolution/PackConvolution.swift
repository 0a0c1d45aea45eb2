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
        // A block of channels at a time: their inputs of one column lie side by side, and so do their packed rows.
        var first = 0
        while first < count {
            let end = min(first + Int(KERNEL_CHANNEL_BLOCK), count)
            var column = 0
            while column < width {
                var channel = first
                while channel < end {
                    let packedInput = firstInput + channel
                    let input = a.input_map == nil ? packedInput : Int(a.input_map[packedInput])
                    let exists = input >= 0 && column < outputs
                    let from = w + (column * a.output_stride + input * a.input_stride)
                    let to = packed + (channel * width + column)
                    var tap = 0
                    while tap < taps {
                        to[tap * count * width] = exists ? from[tap * a.tap_stride] : 0
                        tap += 1
                    }
                    channel += 1
                }
                column += 1
            }
            first = end
        }
        packed += count * taps * width
        firstInput += count
        source += 1
    }
}
