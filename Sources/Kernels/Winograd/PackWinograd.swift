import CKernels

/// `pack_winograd_arguments`: G·w of one panel, in Double. Not on the forward path.
func packWinograd(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments.unsafelyUnwrapped.assumingMemoryBound(to: pack_winograd_arguments.self)
    switch a.pointee.form {
    case .whole2: packPanel(a.pointee, tile, Whole2.self)
    case .whole4: packPanel(a.pointee, tile, Whole4.self)
    case .f25: packPanel(a.pointee, tile, F25.self)
    case .f45: packPanel(a.pointee, tile, F45.self)
    case .f65: packPanel(a.pointee, tile, F65.self)
    case .f85: packPanel(a.pointee, tile, F85.self)
    case .fourier28: packPanel(a.pointee, tile, Fourier28.self)
    @unknown default: kernel_trap()
    }
}

@inline(__always)
private func packPanel<Form: WinogradTransforms>(_ a: pack_winograd_arguments, _ tile: Int, _: Form.Type) {
    let panelColumns = RegisterTileMain.vectors * Lanes.scalarCount
    let depth = a.padded_channels.0 + a.padded_channels.1
    let firstColumn = tile * panelColumns
    let width = min(panelColumns, a.columns - firstColumn)
    let panel = a.packed.unsafelyUnwrapped + Form.points * firstColumn * depth
    let pointStride = depth * width
    let inputs = a.channels.0 + a.channels.1
    let outputs = max(0, min(width, a.outputs - firstColumn))
    let block = Int(KERNEL_CHANNEL_BLOCK)
    var c = 0
    while c < depth {
        let isSecond = c >= a.padded_channels.0
        let inSource = isSecond ? c - a.padded_channels.0 : c
        let channels = min(block, (isSecond ? a.channels.1 : a.channels.0) - inSource)
        let input = isSecond ? a.channels.0 + inSource : inSource
        let q = panel + c * width
        // Taps go where points will be, a block of channels at a time, which stay near until they are transformed.
        let w = a.w + ((firstColumn * inputs + input) * 5 + Form.firstTap)
        var channel = 0
        while channel < channels {
            var tap = 0
            while tap < Form.taps {
                copy(w + (channel * 5 + tap), inputs * 5, q + (tap * pointStride + channel * width), 1, count: outputs)
                tap += 1
            }
            channel += 1
        }
        var i = 0
        while i < channels * width {
            let taps = TapLanes(q + i, pointStride, first: Form.firstTap, count: Form.taps)
            Form.transform(weights: taps, to: q + i, pointStride)
            i += Lanes.scalarCount
        }
        // Zeros where there is no output, and where there is no channel.
        var point = 0
        while point < Form.points {
            let rows = q + point * pointStride
            var row = 0
            while row < block {
                let existing = row < channels ? outputs : 0
                clear(rows + (row * width + existing), count: width - existing)
                row += 1
            }
            point += 1
        }
        c += block
    }
}
