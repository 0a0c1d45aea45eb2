import CKernels

/// The matrices of Winograd's F(m,5) at some finite points and ∞: y = Aᵀ·[(G·w) ⊙ (Bᵀ·x)].
/// Source: Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2015; Lagrange's interpolation.
private struct WinogradForm {
    let outputs: Int
    /// The finite points.
    let finite: [Double]
    /// Bᵀ: as many input positions as points to the points. Row p holds the coefficients of Π (x − a) over the finite points
    /// but p itself; the last row those over all of them.
    let inputTransform: [[Double]]
    /// What Π (aₚ − a) over the other finite points divides in row p of G.
    let scales: [Double]

    init(finite: [Double]) {
        self.finite = finite
        outputs = finite.count - 3
        let others = finite.indices.map { p in finite.indices.filter { $0 != p }.map { finite[$0] } }
        inputTransform = others.map { Self.polynomial(roots: $0) + [0] } + [Self.polynomial(roots: finite)]
        scales = zip(finite, others).map { a, others in 1 / others.reduce(1) { $0 * (a - $1) } }
    }

    static let f45 = WinogradForm(finite: [0, 1, -1, 2, -2, 0.5, -0.5])
    static let f65 = WinogradForm(finite: [0, 2.5, -2.5, 1.25, -1.25, 0.8, -0.8, 0.4, -0.4])

    static func of(groupPositions: Int64) -> WinogradForm { groupPositions == 6 ? f65 : f45 }

    var points: Int { finite.count + 1 }

    /// Coefficients of Π (x − root), the constant one first.
    private static func polynomial(roots: [Double]) -> [Double] {
        roots.reduce([1]) { product, root in
            zip([0] + product, product + [0]).map { shifted, same in shifted - root * same }
        }
    }

    /// Aᵀ[j, p].
    func output(_ j: Int, _ p: Int) -> Double {
        p < finite.count ? power(finite[p], j) : (j == outputs - 1 ? 1 : 0)
    }

    /// G[p, t].
    func weight(_ p: Int, _ t: Int) -> Double {
        p < finite.count ? scales[p] * power(finite[p], t) : (t == 4 ? 1 : 0)
    }
}

private func power(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { product, _ in product * base }
}

/// y[m·k + j] = bias + Σ_p Aᵀ[j, p] · Σ_c (Bᵀ·x)[p, c] · packed[p, c], for the groups and panels of one tile.
func winograd(_ arguments: UnsafeRawPointer?, _ tile: Int64, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments!.load(as: winograd_arguments.self)
    let form = WinogradForm.of(groupPositions: a.group_positions)
    let m = a.group_positions
    let (rowTile, columnTile) = tile.quotientAndRemainder(dividingBy: a.column_tiles)
    let depth = Int(a.padded_channels.0 + a.padded_channels.1)
    let (elementTile, groupTile) = rowTile.quotientAndRemainder(dividingBy: a.group_tiles)
    let groups = tileRange(groupTile, of: a.tile_groups, in: (a.length + m - 1) / m)
    let elements = tileRange(elementTile, of: a.tile_elements, in: a.batch)
    for (group, element) in groups.flatMap({ group in elements.map { (group, $0) } }) {
        let transformed = transformedInputs(a, form, group, element)
        for o in tileRange(columnTile, of: a.tile_panels * panelColumns, in: a.columns) {
            let (panel, column) = o.quotientAndRemainder(dividingBy: panelColumns)
            let weights: UnsafePointer<Float> =
                a.weights + panel * Int64(form.points * depth) * panelColumns + column
            let products = (0..<form.points).map { point in
                (0..<depth).reduce(0.0) { sum, c in
                    sum + transformed[point][c] * Double(weights[(point * depth + c) * Int(panelColumns)])
                }
            }
            for j in 0..<form.outputs where m * group + Int64(j) < a.length {
                let y = products.enumerated().reduce(Double(a.bias[o])) { $0 + form.output(j, $1.offset) * $1.element }
                a.y[(m * group + Int64(j)) * a.y_position_stride + element * a.y_row_stride + o] = Float(y)
            }
        }
    }
}

/// Bᵀ·x of one group, [point][channel], both sources side by side.
private func transformedInputs(
    _ a: winograd_arguments, _ form: WinogradForm, _ group: Int64, _ element: Int64
) -> [[Double]] {
    let sources = [
        (a.x.0, a.padded_channels.0, a.position_stride.0, a.row_stride.0),
        (a.x.1, a.padded_channels.1, a.position_stride.1, a.row_stride.1),
    ]
    return form.inputTransform.map { weights in
        sources.flatMap { x, channels, positionStride, rowStride in
            (0..<channels).map { c in
                weights.indices.reduce(0.0) { sum, i in
                    let position = a.group_positions * group - 2 + Int64(i)
                    let offset = position * positionStride + element * rowStride + c
                    return weights[i] == 0 ? sum : sum + weights[i] * Double(x![Int(offset)])
                }
            }
        }
    }
}

/// packed[p, c, o] = Σ_t G[p, t] · w[o, c, t] of one panel.
func packWinograd(_ arguments: UnsafeRawPointer?, _ tile: Int64, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments!.load(as: pack_winograd_arguments.self)
    let form = WinogradForm.of(groupPositions: a.group_positions)
    let depth = a.padded_channels.0 + a.padded_channels.1
    let inputs = a.channels.0 + a.channels.1
    let packed: UnsafeMutablePointer<Float> = a.packed + tile * Int64(form.points) * depth * panelColumns
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
                    let w: UnsafePointer<Float> = a.w + (output * inputs + input) * 5
                    value = (0..<5).reduce(0.0) { $0 + form.weight(point, $1) * Double(w[$1]) }
                }
                packed[(Int64(point) * depth + c) * panelColumns + column] = Float(value)
            }
        }
    }
}
