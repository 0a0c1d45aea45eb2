import CUNet1D
import UNet1DSampling

/// A planner, in memory of its own as a session's state is.
struct PlannerState: ~Copyable {
    var planner: GuidedPlanner
    /// Whether the caller brings the noise: then that with which a loop begins is not among it.
    private var noiseIsGiven: Bool

    init(_ planner: consuming GuidedPlanner, noise: NoiseSource) {
        self.planner = planner
        noiseIsGiven = noise.isGiven
    }

    /// Ends a state that has memory of its own.
    static func free(_ state: UnsafeMutablePointer<PlannerState>) {
        state.deinitialize(count: 1)
        state.deallocate()
    }

    /// Starts the draws of the loops to come anew.
    mutating func restart(_ noise: NoiseSource) throws(SamplingError) {
        try planner.restart(noise: noise)
        noiseIsGiven = noise.isGiven
    }

    /// Memory of the caller's, of as many floats as it says.
    struct Memory {
        let start: UnsafePointer<Float>?
        let count: Int

        init(_ start: UnsafePointer<Float>?, _ count: Int) {
            self.start = start
            self.count = count
        }
    }

    /// Plans once. Allocates only if it fails.
    mutating func run(
        observation: Memory, noise: Memory, action: Memory, plans: Memory, values: Memory
    ) throws(Failure) {
        let info = unet1d_plans_info(planner)
        guard let observed = try whole("observation", observation, info.observation_count) else {
            throw .argument("observation", found: "NULL", expected: "an observation")
        }
        let begin = try whole("noise", noise, info.sample_count)
        let first = try whole("action", action, info.action_count)
        let samples = try whole("plans", plans, info.sample_count)
        let best = try whole("values", values, Int(info.sample_shape.0))
        guard begin != nil || !noiseIsGiven else {
            throw .argument(
                "noise", found: "NULL where the planner's noise is given",
                expected: "the numbers with which the loop begins: those of the planner are for its steps")
        }
        planner.plan(
            observation: observed.span, noise: begin?.span, action: first.map { .init(mutating: $0) },
            plans: samples.map { .init(mutating: $0) }, values: best.map { .init(mutating: $0) })
    }

    /// What the caller passed, which must have `expected` floats; nil for NULL.
    private func whole(
        _ name: String, _ memory: Memory, _ expected: Int
    ) throws(Failure) -> UnsafeBufferPointer<Float>? {
        guard let values = try buffer(name, memory.start, memory.count) else { return nil }
        guard values.count == expected else {
            throw .argument(
                name, found: "\(values.count) floats", expected: "\(expected), as unet1d_planner_info says")
        }
        return values
    }
}

extension unet1d_plans_info {
    /// What C is told of planning; without the size, which is the caller's.
    init(_ planner: borrowing GuidedPlanner) {
        self.init()
        let shape = planner.sampleShape
        sample_shape = (Int64(shape[0]), Int64(shape[1]), Int64(shape[2]))
        sample_count = shape[0] * shape[1] * shape[2]
        observation_count = planner.observationCount
        action_count = planner.actionCount
        step_count = planner.stepCount
        draws = planner.draws
    }
}
