import Checkpoint
import Foundation
import TestSupport
import Testing
import UNet1D

@testable import UNet1DSampling

/// Chunks of actions of a real LeRobot policy, with its noise and its observations.
@Suite struct ActionPolicyTests {
    struct Loop: Sendable, CustomStringConvertible {
        var folder: String
        var file: String
        /// The configuration whose scheduler made it.
        var configuration: String
        var description: String { "\(folder)/\(file)" }
    }

    static let loops = [
        Loop(folder: "lerobot", file: "loop_ddpm", configuration: "config"),
        Loop(folder: "lerobot", file: "loop_ddpm10", configuration: "config_ddpm10"),
        Loop(folder: "lerobot", file: "loop_ddim", configuration: "config_ddim"),
        Loop(folder: "lerobot_bias", file: "loop_ddim", configuration: "config"),
    ]

    /// The tensors of a loop.
    private struct Tensors {
        let noise: [Float]
        let stepNoise: [Float]?
        let observation: [Float]
        let final: [Float]
        let actions: [Float]
        let batch: Int

        init(_ loop: Loop) throws {
            let file = try TensorFile(path: "\(Fixture.root)/policies/\(loop.folder)/\(loop.file).safetensors")
            noise = try file.floats(named: "noise")
            stepNoise = try? file.floats(named: "step_noise")
            final = try file.floats(named: "final")
            actions = try file.floats(named: "actions")
            let shape = try file.tensor(named: "observation.state").shape
            batch = shape[0]
            // (batch, steps, state, then environment)
            let state = try file.floats(named: "observation.state")
            let environment = (try? file.floats(named: "observation.environment_state")) ?? []
            let rows = shape[0] * shape[1]
            let (stateWidth, environmentWidth) = (shape[2], environment.count / rows)
            var observation: [Float] = []
            for row in 0..<rows {
                observation += state[row * stateWidth..<(row + 1) * stateWidth]
                observation += environment[row * environmentWidth..<(row + 1) * environmentWidth]
            }
            self.observation = observation
        }
    }

    private static func policy(
        _ loop: Loop, batch: Int, noise: [Float]?, workers: Int = 2, options: Session.Options = Session.Options(),
        warmStart: Double? = nil
    ) throws -> ActionPolicy {
        // The configuration of another scheduler beside the same weights.
        try withFolder(loop) { folder in
            try ActionPolicy(
                folder: folder, pool: Pools.pool(workers), batch: batch,
                options: ActionPolicy.Options(
                    noise: noise.map { .given($0) } ?? .philox(seed: 3), warmStart: warmStart),
                sessionOptions: options)
        }
    }

    private static func withFolder<Result: ~Copyable>(
        _ loop: Loop, _ body: (String) throws -> Result
    ) throws -> Result {
        let source = "\(Fixture.root)/policies/\(loop.folder)"
        let manager = FileManager.default
        let folder = manager.temporaryDirectory.appending(path: "policy-\(UUID().uuidString)").path
        try manager.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? manager.removeItem(atPath: folder) }
        for name in try manager.contentsOfDirectory(atPath: source)
        where name.hasPrefix("policy_") || name == "model.safetensors" {
            try manager.copyItem(atPath: "\(source)/\(name)", toPath: "\(folder)/\(name)")
        }
        try manager.copyItem(atPath: "\(source)/\(loop.configuration).json", toPath: "\(folder)/config.json")
        return try body(folder)
    }

    @Test(arguments: loops, TestISA.all)
    func givesTheActionsOfLeRobot(loop: Loop, isa: ISA) throws {
        let tensors = try Tensors(loop)
        var first: [Float]?
        for (workers, accuracy) in [(1, Accuracy.fast), (2, .fast), (5, .fast), (2, .strict)] {
            var policy = try Self.policy(
                loop, batch: tensors.batch, noise: tensors.stepNoise, workers: workers,
                options: Session.Options(isa: isa, accuracy: accuracy))
            #expect(policy.observationCount == tensors.observation.count)
            #expect(policy.actionCount == tensors.actions.count)
            var actions = [Float](repeating: .nan, count: policy.actionCount)
            var span = actions.mutableSpan
            let outcome = policy(
                observation: tensors.observation.span, noise: tensors.noise.span, actions: &span)
            #expect(outcome.isComplete)
            // Actions are some units wide; a loop of 100 steps carries the rounding of its forwards on.
            let scale = tensors.actions.map(abs).max() ?? 1
            #expect(largestDifference(actions, tensors.actions) <= 2e-4 * Double(scale), "\(workers), \(accuracy)")
            if accuracy == .fast {
                #expect(actions.map(\.bitPattern) == (first ?? actions).map(\.bitPattern))
                first = first ?? actions
            }
        }
    }

    /// A deadline that has passed leaves one step, and the estimate after it; one far away changes nothing.
    @Test func stopsAtTheDeadline() throws {
        let loop = Self.loops[2]
        let tensors = try Tensors(loop)
        var policy = try Self.policy(loop, batch: tensors.batch, noise: nil)
        func plan(_ deadline: ContinuousClock.Instant?) -> ([Float], ActionPolicy.Outcome) {
            var actions = [Float](repeating: .nan, count: tensors.actions.count)
            var span = actions.mutableSpan
            policy.reset()
            let outcome = policy(
                observation: tensors.observation.span, noise: tensors.noise.span, deadline: deadline, actions: &span)
            return (actions, outcome)
        }
        let (late, stopped) = plan(.now - .seconds(1))
        #expect(stopped == ActionPolicy.Outcome(steps: 1, isComplete: false))
        #expect(late == (try Self.firstEstimate(loop, tensors)))
        let (whole, complete) = plan(nil)
        let (again, inTime) = plan(.now + .seconds(1000))
        #expect(complete.isComplete && inTime == complete && complete.steps == 10)
        #expect(whole == again && whole != late)
    }

    /// The actions of the estimate after a loop's first step, by a sampler of the same network.
    private static func firstEstimate(_ loop: Loop, _ tensors: Tensors) throws -> [Float] {
        try withFolder(loop) { path in
            let folder = try PolicyFolder(path)
            let policy = folder.policy
            let session = try Session(
                model: UNet1DModel(directory: path),
                shape: ForwardShape(batch: tensors.batch, length: policy.network.horizon ?? 16), pool: Pools.pool(2))
            var sampler = try Sampler(session: session, scheduler: folder.scheduler, steps: 10)
            let width = folder.scaling.observation.count
            let condition = tensors.observation.enumerated().map { i, number in
                let line = folder.scaling.observation[i % width]
                return Float(Double(number) * line.factor + line.summand)
            }
            sampler.setCondition(global: condition.span)
            var estimate: [Float] = []
            var output = [Float](repeating: .nan, count: tensors.noise.count)
            var span = output.mutableSpan
            _ = sampler(noise: tensors.noise.span, into: &span) { _, _, _, found in
                for i in found.indices { estimate.append(found[i]) }
                return false
            }
            let (length, lines) = (
                tensors.noise.count / tensors.batch / folder.scaling.action.count, folder.scaling.action
            )
            var actions: [Float] = []
            for element in 0..<tensors.batch {
                for position in policy.observationSteps - 1..<policy.observationSteps - 1 + policy.actionSteps {
                    for (i, line) in lines.enumerated() {
                        let value = Double(estimate[(element * length + position) * lines.count + i])
                        actions.append(Float((value - line.summand) / line.factor))
                    }
                }
            }
            return actions
        }
    }

    /// A warm start runs a share of the steps on the last plan's end; a reset forgets it.
    @Test func beginsWithTheLastPlan() throws {
        let loop = Self.loops[2]
        let tensors = try Tensors(loop)
        var policy = try Self.policy(loop, batch: tensors.batch, noise: nil, warmStart: 0.5)
        func plan() -> ActionPolicy.Outcome {
            var actions = [Float](repeating: .nan, count: tensors.actions.count)
            var span = actions.mutableSpan
            let outcome = policy(observation: tensors.observation.span, actions: &span)
            #expect(!actions.contains { !$0.isFinite })
            return outcome
        }
        #expect(plan().steps == 10)
        #expect(plan().steps == 5)
        policy.reset()
        #expect(plan().steps == 10)
    }

    /// What does not go together is refused in a sentence.
    @Test func refusesOtherFolders() throws {
        let pool = Pools.pool(1)
        #expect(throws: SamplingError.self) {
            _ = try ActionPolicy(folder: "\(Fixture.root)/policies/three_levels", pool: pool)
        }
        #expect(throws: SamplingError.self) { _ = try ActionPolicy(folder: "/nowhere", pool: pool) }
    }
}
