import CKernels
import Glibc

/// `step_arguments`: one pass over a tile. An element after the last whole vector is computed as a vector of itself.
func step(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments.unsafelyUnwrapped.assumingMemoryBound(to: step_arguments.self)
    let elements = a.pointee.elements
    let batchElement = tile / a.pointee.element_tiles
    let first = (tile - batchElement * a.pointee.element_tiles) * a.pointee.tile_elements
    let end = min(first + a.pointee.tile_elements, elements)
    let row = batchElement * elements
    let outputRow = batchElement * a.pointee.output_stride
    var i = first
    while i + Lanes.scalarCount <= end {
        step(a, batchElement, row + i, outputRow + i, isWhole: true)
        i += Lanes.scalarCount
    }
    while i < end {
        step(a, batchElement, row + i, outputRow + i, isWhole: false)
        i += 1
    }
}

/// The step of the elements from `i` on: of a vector, or of one.
@inline(__always)
private func step(
    _ a: UnsafePointer<step_arguments>, _ batchElement: Int, _ i: Int, _ outputIndex: Int, isWhole: Bool
) {
    var known = Operands(
        sample: operand(a.pointee.sample, i, isWhole), output: operand(a.pointee.output, outputIndex, isWhole),
        history0: operand(a.pointee.history.0, i, isWhole), history1: operand(a.pointee.history.1, i, isWhole),
        history2: operand(a.pointee.history.2, i, isWhole), last: operand(a.pointee.last, i, isWhole))
    known.estimate = known.sum(a.pointee.estimate_sum)
    if let limits = a.pointee.limits {
        let bound = Lanes(repeating: limits[batchElement].bound)
        let cut = atLeast(Lanes() - bound, atMost(bound, known.estimate))
        known.estimate = cut * Lanes(repeating: limits[batchElement].scale)
    }
    let kept = known.sum(a.pointee.kept_sum)
    let corrected = known.sum(a.pointee.corrected_sum)
    var next = known.sum(a.pointee.next_sum)
    let noise = a.pointee.noise_weight
    if noise != 0 {
        var weight = Lanes(repeating: noise)
        if a.pointee.variance != Int32(STEP_VARIANCE_FIXED.rawValue) {
            weight = weight * deviation(a, operand(a.pointee.output, outputIndex + a.pointee.elements, isWhole))
        }
        next = multiplyAdd(next, operand(a.pointee.noise, i, isWhole), weight)
    }
    store(known.estimate, a.pointee.estimate, i, isWhole)
    store(kept, a.pointee.kept, i, isWhole)
    store(corrected, a.pointee.corrected, i, isWhole)
    store(next, a.pointee.next, i, isWhole)
}

/// By what the noise is multiplied where the model's word on the variance is `word`.
@inline(__always)
private func deviation(_ a: UnsafePointer<step_arguments>, _ word: Lanes) -> Lanes {
    if a.pointee.variance == Int32(STEP_VARIANCE_ROOT.rawValue) { return word.squareRoot() }
    let exponent = multiplyAdd(
        Lanes(repeating: a.pointee.variance_offset), word, Lanes(repeating: a.pointee.variance_slope))
    return exponential(Quad(repeating: exponent)).a
}

/// The elements of an operand from `i` on: a vector, or one in every lane; zeros where there is no such operand.
@inline(__always)
private func operand(_ x: UnsafePointer<Float>?, _ i: Int, _ isWhole: Bool) -> Lanes {
    guard let x else { return Lanes() }
    return isWhole ? UnsafeRawPointer(x + i).loadUnaligned(as: Lanes.self) : Lanes(repeating: x[i])
}

@inline(__always)
private func store(_ value: Lanes, _ y: UnsafeMutablePointer<Float>?, _ i: Int, _ isWhole: Bool) {
    guard let y else { return }
    if isWhole {
        UnsafeMutableRawPointer(y + i).storeBytes(of: value, as: Lanes.self)
    } else {
        y[i] = value[0]
    }
}

/// What the sums of a step are over, for a vector of elements.
private struct Operands {
    var sample: Lanes
    var output: Lanes
    var history0: Lanes
    var history1: Lanes
    var history2: Lanes
    var last: Lanes
    var estimate = Lanes()

    /// The sum without the noise, in the order of the operands.
    @inline(__always)
    func sum(_ weights: step_sum) -> Lanes {
        var sum = Lanes()
        sum = added(sum, sample, weights.sample)
        sum = added(sum, output, weights.output)
        sum = added(sum, estimate, weights.estimate)
        sum = added(sum, history0, weights.history.0)
        sum = added(sum, history1, weights.history.1)
        sum = added(sum, history2, weights.history.2)
        return added(sum, last, weights.last)
    }

    @inline(__always)
    private func added(_ sum: Lanes, _ operand: Lanes, _ weight: Float) -> Lanes {
        weight == 0 ? sum : multiplyAdd(sum, operand, Lanes(repeating: weight))
    }
}
