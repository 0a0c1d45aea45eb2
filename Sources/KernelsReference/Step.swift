import CKernels
import Glibc

/// One step of a denoising loop: see `step_arguments`.
func step(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments!.load(as: step_arguments.self)
    let (b, elementTile) = tile.quotientAndRemainder(dividingBy: a.element_tiles)
    for element in tileRange(elementTile, of: a.tile_elements, in: a.elements) {
        let i = b * a.elements + element
        let output = a.output.map { $0 + (b * a.output_stride + element) }
        var known = Known(
            sample: value(a.sample, i), output: output.map { Double($0[0]) } ?? 0,
            history: (value(a.history.0, i), value(a.history.1, i), value(a.history.2, i)), last: value(a.last, i))
        known.estimate = known.sum(a.estimate_sum)
        if let limit = a.limits.map({ $0[b] }) {
            let bound = Double(limit.bound)
            if !known.estimate.isNaN { known.estimate = min(max(known.estimate, -bound), bound) }
            known.estimate *= Double(limit.scale)
        }
        let kept = known.sum(a.kept_sum)
        let corrected = known.sum(a.corrected_sum)
        var next = known.sum(a.next_sum)
        if a.noise_weight != 0 {
            let word = a.variance == 0 ? 0 : output.map { Double($0[a.elements]) } ?? 0
            next += Double(a.noise_weight) * deviation(a, word) * value(a.noise, i)
        }
        if let y = a.estimate { y[i] = Float(known.estimate) }
        if let y = a.kept { y[i] = Float(kept) }
        if let y = a.corrected { y[i] = Float(corrected) }
        if let y = a.next { y[i] = Float(next) }
    }
}

/// By what the noise is multiplied where the model's word on the variance is `word`.
private func deviation(_ a: step_arguments, _ word: Double) -> Double {
    switch step_variance(rawValue: UInt32(a.variance)) {
    case STEP_VARIANCE_ROOT: word.squareRoot()
    case STEP_VARIANCE_EXPONENTIAL: exp(Double(a.variance_offset) + Double(a.variance_slope) * word)
    default: 1
    }
}

private func value(_ operand: UnsafePointer<Float>?, _ i: Int) -> Double { operand.map { Double($0[i]) } ?? 0 }

/// The operands of the sums for one element.
private struct Known {
    var sample: Double
    var output: Double
    var history: (Double, Double, Double)
    var last: Double
    var estimate = 0.0

    func sum(_ s: step_sum) -> Double {
        term(s.sample, sample) + term(s.output, output) + term(s.estimate, estimate)
            + term(s.history.0, history.0) + term(s.history.1, history.1)
            + term(s.history.2, history.2) + term(s.last, last)
    }

    private func term(_ weight: Float, _ value: Double) -> Double { weight == 0 ? 0 : Double(weight) * value }
}
