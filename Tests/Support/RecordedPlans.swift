internal import Checkpoint
import Foundation

/// Guided plans of diffusers' ValueGuidedRLPipeline with recorded noise: see Tests/Fixtures/Generator/guided.py.
package struct RecordedPlans {
    /// Its scheduler.
    package static func scheduler(variance: String = "fixed_small_log") -> [UInt8] {
        [UInt8](
            """
            {"_class_name": "DDPMScheduler", "num_train_timesteps": 100, "beta_schedule": "squaredcos_cap_v2",
             "clip_sample": false, "variance_type": "\(variance)"}
            """.utf8)
    }
    /// The dimensions of an action.
    package static let actions = 3

    /// (batch, channels, length)
    package let shape: [Int]
    package let steps: Int
    package let observation: [Float]
    /// The noise with which planning begins, and that of the steps.
    package let start: [Float]
    package let noise: [Float]
    /// Plans and values, the best first.
    package let plans: [Float]
    package let values: [Float]

    package init(path: String) throws {
        let file = try TensorFile(path: path)
        shape = try file.tensor(named: "plans").shape
        steps = Int(try file.numbers(named: "steps").values[0])
        observation = try file.floats(named: "observation")
        start = try file.floats(named: "start")
        noise = try file.floats(named: "noise")
        let (plans, values) = (try file.floats(named: "plans"), try file.floats(named: "values"))
        let elements = shape[1] * shape[2]
        let order = values.indices.sorted { values[$0] > values[$1] }
        self.plans = order.flatMap { plans[$0 * elements..<($0 + 1) * elements] }
        self.values = order.map { values[$0] }
    }

    /// The greatest magnitude in a plan.
    package var largest: Double { plans.reduce(0) { max($0, Double(abs($1))) } }
}
