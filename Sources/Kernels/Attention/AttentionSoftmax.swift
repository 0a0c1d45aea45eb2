/// Scores become exp(score − maximum); maximum, sum and the correction of what came before are brought up to date.
///
/// For products of bfloat16 the exponentials are rounded to it after they were summed, and lie side by side from the row's start.
@inline(__always)
func softmaxStep<Stored: StoredWeight>(
    _: Stored.Type, _ scores: UnsafeMutablePointer<Float>, rows: Int, count: Int,
    _ largest: UnsafeMutablePointer<Float>, _ sums: UnsafeMutablePointer<Float>,
    _ corrections: UnsafeMutablePointer<Float>
) {
    let previous = loadLanes(largest)
    let quads = (count + Quad.scalarCount - 1) / Quad.scalarCount * Quad.scalarCount
    var row = 0
    while row < rows {
        let s = scores + row * attentionKeys
        var c = count
        while c < quads {
            s[c] = -3e38
            c += 1
        }
        var maximum = Quad(at: s).largest
        c = Quad.scalarCount
        while c < quads {
            maximum = atLeast(maximum, Quad(at: s + c).largest)
            c += Quad.scalarCount
        }
        largest[row] = max(largest[row], horizontalMax(maximum))
        row += 1
    }
    let correction = exponential(Quad(repeating: previous - loadLanes(largest)))
    storeLanes(correction.a, corrections)
    row = 0
    while row < rows {
        let s = scores + row * attentionKeys
        let maximum = Quad(repeating: largest[row])
        var total = Lanes()
        var c = 0
        while c < quads {
            let x = Quad(at: s + c) - maximum
            let e = Stored.isPair ? coarseExponential(x) : boundedExponential(x)
            if Stored.isPair {
                e.storeRounded(to: UnsafeMutableRawPointer(s).assumingMemoryBound(to: UInt16.self) + c)
            } else {
                e.store(to: s + c)
            }
            total += e.total
            c += Quad.scalarCount
        }
        sums[row] = sums[row] * corrections[row] + horizontalSum(total)
        row += 1
    }
}
