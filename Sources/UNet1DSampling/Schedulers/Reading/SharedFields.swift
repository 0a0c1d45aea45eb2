import Checkpoint

// Fields that several classes have, in one place each.

extension SampleLimit {
    /// Dynamic thresholding, which goes before clipping.
    ///
    /// - Parameter clips: the default of `clip_sample`; nil where the class has no such field.
    init(_ fields: inout SchedulerFields, clips: Bool?) throws(SchedulerError) {
        let thresholds = try fields.truth("thresholding", default: false)
        let ratio = try fields.number("dynamic_thresholding_ratio", default: 0.995, expected: "a number from 0 to 1") {
            (0...1).contains($0)
        }
        let maximum = try fields.number("sample_max_value", default: 1, expected: "a number above 0") {
            $0 > 0 && $0.isFinite
        }
        var range: Double?
        if let clips {
            let isClipped = try fields.truth("clip_sample", default: clips)
            let found = try fields.number("clip_sample_range", default: 1, expected: "a number above 0") { $0 > 0 }
            if isClipped { range = found }
        }
        if thresholds {
            self = .dynamicThreshold(ratio: ratio, maximum: maximum)
        } else {
            self = range.map { .clip(range: $0) } ?? .none
        }
    }

    /// Refuses limits that are none.
    func check(_ scheduler: String) throws(SchedulerError) {
        switch self {
        case .none: return
        case .clip(let range) where range > 0: return
        case .dynamicThreshold(let ratio, let maximum) where (0...1).contains(ratio) && maximum > 0: return
        default:
            throw .schedule(
                scheduler, problem: "the limit \(self)",
                remedy: "use a range or maximum above 0, and a ratio from 0 to 1")
        }
    }
}

extension SchedulerFields {
    /// What the model predicts; a flow only where the class has it.
    mutating func prediction(flow: Bool = false) throws(SchedulerError) -> Prediction {
        let prediction = try name("prediction_type", default: Prediction.noise, aliases: ["original_sample": .sample])
        guard prediction != .flow || flow else {
            throw refusal(
                "prediction_type", found: "the string \"flow_prediction\"", expected: "epsilon, sample or v_prediction",
                remedy: "use FlowMatchEulerDiscreteScheduler for such a model")
        }
        return prediction
    }

    /// Refuses several of fields that exclude one another.
    func onlyOne(_ choices: [(field: String, isChosen: Bool)]) throws(SchedulerError) {
        let chosen = choices.filter(\.isChosen).map(\.field)
        guard chosen.count > 1 else { return }
        throw refusal(
            chosen[0], found: "true, as is \(chosen[1])", expected: "the only one of \(chosen.joined(separator: ", "))",
            remedy: "set the others to false")
    }

    /// The spacing of timesteps and its offset.
    mutating func spacing(
        default standard: TimestepSpacing
    ) throws(SchedulerError) -> (spacing: TimestepSpacing, offset: Int) {
        let spacing = try name("timestep_spacing", default: standard)
        let offset = try integer("steps_offset", default: 0, in: 0...TrainingNoise.maximumTimesteps)
        return (spacing, offset)
    }
}
