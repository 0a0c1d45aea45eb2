import CKernels

// Winograd's F(4,5) by its matrices, at the points 0, 1, −1, 2, −2, ½, −½, ∞: y = Aᵀ·[(G·w) ⊙ (Bᵀ·x)].
// Source: Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2015.

/// Bᵀ: eight input positions to eight points.
private let inputTransform: [[Double]] = [
    [1, 0, -5.25, 0, 5.25, 0, -1, 0],
    [0, 1, 1, -4.25, -4.25, 1, 1, 0],
    [0, -1, 1, 4.25, -4.25, -1, 1, 0],
    [0, 0.5, 0.25, -2.5, -1.25, 2, 1, 0],
    [0, -0.5, 0.25, 2.5, -1.25, -2, 1, 0],
    [0, 2, 4, -2.5, -5, 0.5, 1, 0],
    [0, -2, 4, 2.5, -5, -0.5, 1, 0],
    [0, -1, 0, 5.25, 0, -5.25, 0, 1],
]

/// The finite points; the eighth is ∞.
private let points: [Double] = [0, 1, -1, 2, -2, 0.5, -0.5]
/// The scale of each point in G.
private let scales: [Double] = [1, -2.0 / 9, -2.0 / 9, 1.0 / 90, 1.0 / 90, 32.0 / 45, 32.0 / 45]

private func power(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { product, _ in product * base }
}

/// y[4k + j] = bias + Σ_p Aᵀ[j, p] · Σ_c (Bᵀ·x)[p, c] · packed[p, c], for the groups and panels of one tile.
func winograd(_ arguments: UnsafeRawPointer?, _ tile: Int64, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments!.load(as: winograd_arguments.self)
    let (rowTile, columnTile) = tile.quotientAndRemainder(dividingBy: a.column_tiles)
    let depth = Int(a.padded_channels.0 + a.padded_channels.1)
    let (elementTile, groupTile) = rowTile.quotientAndRemainder(dividingBy: a.group_tiles)
    let groups = tileRange(groupTile, of: a.tile_groups, in: (a.length + 3) / 4)
    let elements = tileRange(elementTile, of: a.tile_elements, in: a.batch)
    for (group, element) in groups.flatMap({ group in elements.map { (group, $0) } }) {
        let transformed = transformedInputs(a, group, element)
        for o in tileRange(columnTile, of: a.tile_panels * panelColumns, in: a.columns) {
            let (panel, column) = o.quotientAndRemainder(dividingBy: panelColumns)
            let weights: UnsafePointer<Float> = a.weights + panel * 8 * Int64(depth) * panelColumns + column
            let products = (0..<8).map { point in
                (0..<depth).reduce(0.0) { sum, c in
                    sum + transformed[point][c] * Double(weights[(point * depth + c) * Int(panelColumns)])
                }
            }
            for j in 0..<4 where 4 * group + Int64(j) < a.length {
                let finite = zip(points, products).reduce(0.0) { $0 + power($1.0, j) * $1.1 }
                let y = finite + (j == 3 ? products[7] : 0) + Double(a.bias[o])
                a.y[(4 * group + Int64(j)) * a.y_position_stride + element * a.y_row_stride + o] = Float(y)
            }
        }
    }
}

/// Bᵀ·x of one group, [point][channel], both sources side by side.
private func transformedInputs(_ a: winograd_arguments, _ group: Int64, _ element: Int64) -> [[Double]] {
    let sources = [
        (a.x.0, a.padded_channels.0, a.position_stride.0, a.row_stride.0),
        (a.x.1, a.padded_channels.1, a.position_stride.1, a.row_stride.1),
    ]
    return inputTransform.map { weights in
        sources.flatMap { x, channels, positionStride, rowStride in
            (0..<channels).map { c in
                (0..<8).reduce(0.0) { sum, i in
                    let offset = (4 * group - 2 + Int64(i)) * positionStride + element * rowStride + c
                    return weights[i] == 0 ? sum : sum + weights[i] * Double(x![Int(offset)])
                }
            }
        }
    }
}

/// packed[p, c, o] = Σ_t G[p, t] · w[o, c, t] of one panel.
func packWinograd(_ arguments: UnsafeRawPointer?, _ tile: Int64, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments!.load(as: pack_winograd_arguments.self)
    let depth = a.padded_channels.0 + a.padded_channels.1
    let inputs = a.channels.0 + a.channels.1
    let packed: UnsafeMutablePointer<Float> = a.packed + tile * 8 * depth * panelColumns
    for c in 0..<depth {
        let isSecond = c >= a.padded_channels.0
        let inSource = isSecond ? c - a.padded_channels.0 : c
        let exists = inSource < (isSecond ? a.channels.1 : a.channels.0)
        let input = isSecond ? a.channels.0 + inSource : inSource
        for column in 0..<panelColumns {
            let output = tile * panelColumns + column
            for point in 0..<8 {
                var value = 0.0
                if exists && output < a.outputs {
                    let w: UnsafePointer<Float> = a.w + (output * inputs + input) * 5
                    value =
                        point == 7
                        ? Double(w[4])
                        : (0..<5).reduce(0.0) { $0 + scales[point] * power(points[point], $1) * Double(w[$1]) }
                }
                packed[(Int64(point) * depth + c) * panelColumns + column] = Float(value)
            }
        }
    }
}
