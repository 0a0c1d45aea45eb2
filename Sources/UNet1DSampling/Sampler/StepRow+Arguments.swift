import CKernels

extension step_sum {
    /// The weights, rounded to floats.
    init(_ combination: LinearCombination) {
        self.init(
            sample: Float(combination.sample), output: Float(combination.output),
            estimate: Float(combination.estimate),
            history: (Float(combination.history.x), Float(combination.history.y), Float(combination.history.z)),
            last: Float(combination.last))
    }
}

extension step_arguments {
    /// Takes the weights of a row.
    mutating func set(_ row: StepRow) {
        estimate_sum = step_sum(row.estimate)
        kept_sum = step_sum(row.kept)
        corrected_sum = step_sum(row.corrected)
        next_sum = step_sum(row.next)
        (noise_weight, variance, variance_offset, variance_slope) =
            switch row.noise {
            case .none: (0, Int32(STEP_VARIANCE_FIXED.rawValue), 0, 0)
            case .scaled(let scale): (Float(scale), Int32(STEP_VARIANCE_FIXED.rawValue), 0, 0)
            case .learned: (1, Int32(STEP_VARIANCE_ROOT.rawValue), 0, 0)
            case .learnedRange(let offset, let slope):
                (1, Int32(STEP_VARIANCE_EXPONENTIAL.rawValue), Float(offset), Float(slope))
            }
    }
}
