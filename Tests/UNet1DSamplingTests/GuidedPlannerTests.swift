import Checkpoint
import Foundation
import TestSupport
import Testing
import UNet1DSampling

/// Guided plans against diffusers' ValueGuidedRLPipeline with recorded noise: see Tests/Fixtures/Generator/guided.py.
@Suite struct GuidedPlannerTests {
    private static func recorded() throws -> RecordedPlans {
        try RecordedPlans(path: Fixture.root + "/gradients/guided.safetensors")
    }

    private func planner(
        _ shape: [Int], workers: Int, options: GuidedPlanner.Options
    ) throws -> GuidedPlanner {
        let unet = try UNet1DModel(directory: Fixture.named("real_hopper_h32").directory)
        let value = try UNet1DModel(directory: Fixture.named("real_value_h32").directory)
        let pool = try WorkerPool(workers: workers)
        let (batch, length) = (shape[0], shape[2])
        return try GuidedPlanner(
            planner: Session(model: unet, shape: ForwardShape(batch: batch, length: length), pool: pool),
            value: GradientSession(
                model: value, shape: ForwardShape(batch: batch, length: length, timesteps: batch), pool: pool),
            scheduler: Scheduler(json: RecordedPlans.scheduler(), file: "scheduler"), steps: 5,
            actions: RecordedPlans.actions,
            options: options)
    }

    private func plans(
        _ golden: RecordedPlans, workers: Int, repetitions: Int = 1
    ) throws -> (plans: [Float], values: [Float]) {
        var planner = try planner(
            golden.shape, workers: workers, options: GuidedPlanner.Options(noise: .given(golden.noise)))
        var plans = [Float](repeating: .nan, count: golden.plans.count)
        var values = [Float](repeating: .nan, count: golden.values.count)
        var first = plans.mutableSpan
        var second = values.mutableSpan
        for _ in 0..<repetitions {
            planner(
                observation: golden.observation.span, noise: golden.start.span, plans: &first, values: &second)
        }
        return (plans, values)
    }

    /// Within 1e-4 of the largest value, in the order of values, whatever the workers; and again.
    @Test func equalsTheReference() throws {
        let golden = try Self.recorded()
        let first = try plans(golden, workers: 1)
        #expect(largestDifference(first.plans, golden.plans) <= 1e-4 * golden.largest)
        #expect(largestDifference(first.values, golden.values) <= 1e-3)
        for (workers, repetitions) in [(1, 2), (2, 1), (5, 1)] {
            let again = try plans(golden, workers: workers, repetitions: repetitions)
            #expect(again.plans == first.plans && again.values == first.values)
        }
    }

    /// The first action of the best plan, scaled back; the observation is scaled.
    @Test func scalesObservationsAndActions() throws {
        let golden = try Self.recorded()
        let scaling = PlanScaling(
            observations: .init(mean: [2], deviation: [0.5]), actions: .init(mean: [1, 2, 3], deviation: [2, 2, 2]))
        var planner = try planner(
            golden.shape, workers: 2, options: GuidedPlanner.Options(noise: .given(golden.noise), scaling: scaling))
        let observation = golden.observation.map { $0 * 0.5 + 2 }
        var action = [Float](repeating: .nan, count: planner.actionCount)
        var span = action.mutableSpan
        planner(observation: observation.span, noise: golden.start.span, action: &span)
        let best = try plans(golden, workers: 2).plans
        for channel in 0..<3 {
            let expected = best[channel * golden.shape[2]] * 2 + Float(channel + 1)
            #expect(abs(action[channel] - expected) <= 1e-3)
        }
    }

    @Test func readsScalingFromAFile() throws {
        let path = NSTemporaryDirectory() + "scaling-\(UUID()).json"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let text = """
            {"observations": {"mean": [1, 2], "std": 3.5}, "actions": {"mean": 0, "std": [1, 2, 3]}}
            """
        try Data(text.utf8).write(to: URL(filePath: path))
        let scaling = try PlanScaling(contentsOf: path)
        #expect(
            scaling
                == PlanScaling(
                    observations: .init(mean: [1, 2], deviation: [3.5]),
                    actions: .init(mean: [0], deviation: [1, 2, 3])))
        for (bad, mention) in [
            ("{}", "observations.mean"), (text.replacingOccurrences(of: "3.5", with: "0"), "above 0"),
            (text.replacingOccurrences(of: "[1, 2, 3]", with: "\"x\""), "actions.std"), ("[", path),
        ] {
            try Data(bad.utf8).write(to: URL(filePath: path))
            let error = #expect(throws: SamplingError.self) { try PlanScaling(contentsOf: path) }
            #expect("\(error.map { "\($0)" } ?? "")".contains(mention))
        }
    }

    @Test func refusesWhatDoesNotFit() throws {
        let golden = try Self.recorded()
        for (actions, steps) in [(0, 2), (14, 2)] {
            let error = #expect(throws: SamplingError.self) {
                let unet = try UNet1DModel(directory: Fixture.named("real_hopper_h32").directory)
                let value = try UNet1DModel(directory: Fixture.named("real_value_h32").directory)
                let pool = try WorkerPool(workers: 1)
                _ = try GuidedPlanner(
                    planner: Session(model: unet, shape: ForwardShape(batch: 1, length: 32), pool: pool),
                    value: GradientSession(
                        model: value, shape: ForwardShape(batch: 1, length: 32, timesteps: 1), pool: pool),
                    scheduler: DDPMScheduler(), steps: steps, actions: actions)
            }
            #expect("\(error.map { "\($0)" } ?? "")".contains("actions"))
        }
        let none = PlanScaling.Statistics.none
        let wrong: [(GuidedPlanner.Options, mention: String)] = [
            (GuidedPlanner.Options(guidanceSteps: 0), "guidanceSteps: found 0"),
            (GuidedPlanner.Options(scale: .nan), "scale: found nan"),
            (GuidedPlanner.Options(scale: 1e300), "scale: found 1e+300"),
            (GuidedPlanner.Options(leastGuidedTimestep: .nan), "leastGuidedTimestep: found NaN"),
            (
                GuidedPlanner.Options(
                    scaling: PlanScaling(observations: .init(mean: [0], deviation: [0]), actions: none)),
                "scaling of observations.std: found 0.0"
            ),
            (
                GuidedPlanner.Options(
                    scaling: PlanScaling(observations: none, actions: .init(mean: [.infinity], deviation: [1]))),
                "scaling of actions.mean: found inf"
            ),
        ]
        for (options, mention) in wrong {
            let error = #expect(throws: SamplingError.self) {
                _ = try planner(golden.shape, workers: 1, options: options)
            }
            let text = error.map { "\($0)" } ?? ""
            #expect(text.contains(mention), "\(text)")
        }
    }
}
