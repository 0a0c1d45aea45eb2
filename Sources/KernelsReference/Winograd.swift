import CKernels

/// y[k + j] = bias + Σ_p Aᵀ[j, p] · Σ_c (Bᵀ·x)[p, c] · packed[p, c], for the groups, from position k, and panels of one tile.
func winograd(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments!.load(as: winograd_arguments.self)
    let (rowTile, columnTile) = tile.quotientAndRemainder(dividingBy: a.column_tiles)
    let depth = a.padded_channels.0 + a.padded_channels.1
    let (elementTile, groupTile) = rowTile.quotientAndRemainder(dividingBy: a.group_tiles)
    let groups = tileRange(groupTile, of: a.tile_groups, in: a.groups)
    let elements = tileRange(elementTile, of: a.tile_elements, in: a.batch)
    let head = WinogradMatrices.of(a.form)
    let headGroups = a.groups - a.tail_groups
    for (group, element) in groups.flatMap({ group in elements.map { (group, $0) } }) {
        let form = group < headGroups ? head : .f65Tail
        let start =
            head.outputs * min(group, headGroups) + form.outputs * max(0, group - headGroups)
        let transformed = transformedInputs(a, form, start, element)
        for o in tileRange(columnTile, of: a.tile_panels * panelColumns, in: a.columns) {
            let (panel, column) = o.quotientAndRemainder(dividingBy: panelColumns)
            let weights = panel * head.points * depth * panelColumns + column
            let products = (0..<form.points).map { point in
                (0..<depth).reduce(0.0) { sum, c in
                    sum + transformed[point][c] * weight(a, weights + (point * depth + c) * panelColumns)
                }
            }
            for j in 0..<form.outputs where start + j < a.length {
                let y = zip(form.outputTransform[j], products).reduce(Double(a.bias[o])) { $0 + $1.0 * $1.1 }
                a.y[(start + j) * a.y_position_stride + element * a.y_row_stride + o] = Float(y)
            }
        }
    }
}

/// A transformed weight. Behind those of half precision lies the factor that makes up for their scale.
private func weight(_ a: winograd_arguments, _ index: Int) -> Double {
    if a.weight_element == Int(KERNEL_ELEMENT_F32.rawValue) {
        return Double(a.weights.load(fromByteOffset: 4 * index, as: Float.self))
    }
    let count = WinogradMatrices.of(a.form).points * a.columns * (a.padded_channels.0 + a.padded_channels.1)
    let factor = a.weights.load(fromByteOffset: 2 * count, as: Float.self)
    return Double(half(a.weights.load(fromByteOffset: 2 * index, as: UInt16.self))) * Double(factor)
}

/// Bᵀ·x of the group from a position, [point][channel], both sources side by side.
private func transformedInputs(
    _ a: winograd_arguments, _ form: WinogradMatrices, _ start: Int, _ element: Int
) -> [[Double]] {
    let sources = [
        (a.x.0, a.padded_channels.0, a.position_stride.0, a.row_stride.0),
        (a.x.1, a.padded_channels.1, a.position_stride.1, a.row_stride.1),
    ]
    return form.inputTransform.map { weights in
        sources.flatMap { x, channels, positionStride, rowStride in
            (0..<channels).map { c in
                weights.indices.reduce(0.0) { sum, i in
                    let position = start - form.before + i
                    let offset = position * positionStride + element * rowStride + c
                    return weights[i] == 0 ? sum : sum + weights[i] * Double(x![offset])
                }
            }
        }
    }
}

/// packed[p, c, o] = Σ_t G[p, t] · w[o, c, t] of one panel.
func packWinograd(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments!.load(as: pack_winograd_arguments.self)
    let form = WinogradMatrices.of(a.form)
    let depth = a.padded_channels.0 + a.padded_channels.1
    let inputs = a.channels.0 + a.channels.1
    let packed = a.packed + tile * form.points * depth * panelColumns
    for c in 0..<depth {
        let isSecond = c >= a.padded_channels.0
        let inSource = isSecond ? c - a.padded_channels.0 : c
        let exists = inSource < (isSecond ? a.channels.1 : a.channels.0)
        let input = isSecond ? a.channels.0 + inSource : inSource
        for column in 0..<panelColumns {
            let output = tile * panelColumns + column
            for point in 0..<form.points {
                var value = 0.0
                if exists && output < a.outputs {
                    let w = a.w + (output * inputs + input) * 5
                    value = (0..<5).reduce(0.0) { $0 + form.weights[point][$1] * Double(w[$1]) }
                }
                packed[(point * depth + c) * panelColumns + column] = Float(value)
            }
        }
    }
}
