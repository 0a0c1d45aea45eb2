import ArgumentParser
import TestSupport
import UNet1DSampling

/// Guided plans beside those that Tests/Fixtures/Generator/guided.py recorded of diffusers' ValueGuidedRLPipeline: within 1e-4
/// of the largest value, with the same best plan, and equal bits for one worker and for two.
struct PlannersGate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "planners", abstract: "Guided plans beside recorded ones.")

    @Argument(help: "The planner's folder.")
    var planner: String
    @Argument(help: "The value function's folder.")
    var value: String
    @Argument(help: "What guided.py wrote.")
    var file: String
    @Option(help: "The scheduler's variance_type.")
    var variance = "fixed_small_log"
    @Flag(help: "Plans are moved twice as far.")
    var plant = false

    func run() throws {
        let recorded = try RecordedPlans(path: file)
        let (unet, function) = (try UNet1DModel(directory: planner), try UNet1DModel(directory: value))
        let (batch, length) = (recorded.shape[0], recorded.shape[2])
        var first: [UInt32]?
        for workers in 1...2 {
            let pool = try WorkerPool(workers: workers)
            var guided = try GuidedPlanner(
                planner: Session(model: unet, shape: ForwardShape(batch: batch, length: length), pool: pool),
                value: GradientSession(
                    model: function, shape: ForwardShape(batch: batch, length: length, timesteps: batch), pool: pool),
                scheduler: Scheduler(json: RecordedPlans.scheduler(variance: variance), file: "scheduler"),
                steps: recorded.steps,
                actions: RecordedPlans.actions,
                options: GuidedPlanner.Options(scale: plant ? 0.2 : 0.1, noise: .given(recorded.noise)))
            var plans = [Float](repeating: .nan, count: recorded.plans.count)
            var values = [Float](repeating: .nan, count: batch)
            var plansSpan = plans.mutableSpan
            var valuesSpan = values.mutableSpan
            guided(
                observation: recorded.observation.span, noise: recorded.start.span, plans: &plansSpan,
                values: &valuesSpan)
            let elements = plans.count / batch
            let best = largestDifference(Array(plans[..<elements]), Array(recorded.plans[..<elements]))
            // Plans whose values are nearly equal may change places.
            var unmatched = Array(0..<batch)
            for rank in 0..<batch {
                let plan = Array(plans[rank * elements..<(rank + 1) * elements])
                let match = unmatched.firstIndex { other in
                    abs(values[rank] - recorded.values[other]) <= 1e-3 * max(1, abs(values[rank]))
                        && largestDifference(plan, Array(recorded.plans[other * elements..<(other + 1) * elements]))
                            <= 1e-4 * recorded.largest
                }
                if let match { unmatched.remove(at: match) }
            }
            if best > 1e-4 * recorded.largest || !unmatched.isEmpty {
                stop(
                    "planners: another plan: the best differs by \(best), \(unmatched.count) of \(batch) are none of the reference's; the largest value is \(recorded.largest)",
                    status: 1)
            }
            let bits = plans.map(\.bitPattern)
            if let first, first != bits { stop("planners: other bits with two workers", status: 1) }
            first = bits
            if workers == 2 {
                print(
                    "planners: \(batch) plans of length \(length), \(recorded.steps) steps: the best differs by \(best / recorded.largest) of the largest value"
                )
            }
        }
    }
}
