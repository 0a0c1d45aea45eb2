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
    var packed = a.packed.unsafelyUnwrapped + firstColumn * taps * (channels.0 + channels.1)
    let w = a.w.unsafelyUnwrapped

    var firstInput = 0
    var source = 0
    while source < 2 {
        let count = source == 0 ? channels.0 : channels.1
        var tap = 0
        while tap < taps {
            let tapOffset = a.tap_offset + tap * a.tap_stride
            var channel = 0
            while channel < count {
                let packedInput = firstInput + channel
                let input = a.input_map == nil ? packedInput : Int(a.input_map[packedInput])
                let from = w + (input * a.input_stride + tapOffset)
                var column = 0
                while column < width {
                    let packedOutput = firstColumn + column
                    let exists = input >= 0 && packedOutput < a.outputs
                    packed[column] = exists ? from[packedOutput * a.output_stride] : 0
                    column += 1
                }
                packed += width
                channel += 1
            }
            tap += 1
        }
        firstInput += count
        source += 1
    }
}
