import CKernels

/// packed[panel][source][t][c][o] = w[o, input(source, c), tap(t)], for one panel.
func packConvolution(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments!.load(as: pack_convolution_arguments.self)
    let inputs = a.channels.0 + a.channels.1
    var packed = a.packed + tile * a.taps * inputs * panelColumns
    for source in 0..<2 {
        let first = source == 0 ? 0 : a.channels.0
        for t in 0..<a.taps {
            for c in first..<(source == 0 ? a.channels.0 : inputs) {
                let input = a.input_map == nil ? c : Int(a.input_map[c])
                for column in 0..<panelColumns {
                    let output = tile * panelColumns + column
                    packed[column] =
                        input < 0 || output >= a.outputs
                        ? 0
                        : a.w[output * a.output_stride + input * a.input_stride + a.tap_offset + t * a.tap_stride]
                }
                packed += panelColumns
            }
        }
    }
}
