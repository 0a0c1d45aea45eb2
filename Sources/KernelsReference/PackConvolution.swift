import CKernels

/// packed[panel][source][t][c][o] = scale · w[output(o), input(source, c), tap(t)], for one panel.
func packConvolution(_ arguments: UnsafeRawPointer?, _ tile: Int64, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments!.load(as: pack_convolution_arguments.self)
    let inputs = a.channels.0 + a.channels.1
    var packed: UnsafeMutablePointer<Float> = a.packed + tile * a.taps * inputs * panelColumns
    for source in 0..<2 {
        let first = source == 0 ? 0 : a.channels.0
        for t in 0..<a.taps {
            for c in first..<(source == 0 ? a.channels.0 : inputs) {
                let input = a.input_map == nil ? c : Int64(a.input_map[c])
                for column in 0..<panelColumns {
                    let output = packedOutput(a, tile * panelColumns + column)
                    let isZero = input < 0 || output < 0
                    packed[column] =
                        isZero
                        ? 0
                        : a.scale
                            * a.w[
                                output * a.output_stride + input * a.input_stride + a.tap_offset + t * a.tap_stride]
                }
                packed = packed + panelColumns
            }
        }
    }
}

/// The output of w at packed output `o`, or −1 if there is none.
private func packedOutput(_ a: pack_convolution_arguments, _ o: Int64) -> Int64 {
    guard o < a.columns else { return -1 }
    if a.output_map != nil { return Int64(a.output_map[o]) }
    return o < a.outputs ? o : -1
}
