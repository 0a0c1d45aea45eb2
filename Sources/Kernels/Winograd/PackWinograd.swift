import CKernels

/// `pack_winograd_arguments`: G·w of one panel, in Double. Not on the forward path.
func packWinograd(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments.unsafelyUnwrapped.assumingMemoryBound(to: pack_winograd_arguments.self)
    switch a.pointee.form {
    case .whole2: packPanel(a.pointee, tile, Whole2.self)
    case .whole4: packPanel(a.pointee, tile, Whole4.self)
    case .f45: packPanel(a.pointee, tile, F45.self)
    case .f65: packPanel(a.pointee, tile, F65.self)
    case .f85: packPanel(a.pointee, tile, F85.self)
    @unknown default: kernel_trap()
    }
}

@inline(__always)
private func packPanel<Form: WinogradTransforms>(_ a: pack_winograd_arguments, _ tile: Int, _: Form.Type) {
    let panelColumns = RegisterTileMain.vectors * Lanes.scalarCount
    let depth = a.padded_channels.0 + a.padded_channels.1
    let firstColumn = tile * panelColumns
    let width = min(panelColumns, a.columns - firstColumn)
    let packed = a.packed.unsafelyUnwrapped + Form.points * firstColumn * depth
    let pointStride = depth * width
    let inputs = a.channels.0 + a.channels.1
    var c = 0
    while c < depth {
        let isSecond = c >= a.padded_channels.0
        let inSource = isSecond ? c - a.padded_channels.0 : c
        let exists = inSource < (isSecond ? a.channels.1 : a.channels.0)
        let input = isSecond ? a.channels.0 + inSource : inSource
        var column = 0
        while column < width {
            let output = firstColumn + column
            let q = packed + (c * width + column)
            if exists && output < a.outputs {
                Form.transform(weights: a.w + (output * inputs + input) * 5, to: q, pointStride)
            } else {
                var point = 0
                while point < Form.points {
                    q[point * pointStride] = 0
                    point += 1
                }
            }
            column += 1
        }
        c += 1
    }
}
