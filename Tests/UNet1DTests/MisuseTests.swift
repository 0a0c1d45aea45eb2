import Foundation
import TestSupport
import Testing
import UNet1D

/// What a caller must not do with a session, each a documented precondition: the process ends rather than that memory is damaged.
/// (Two forwards of one session at once do not compile: Tests/Gates/dependency.)
@Suite struct MisuseTests {
    enum Misuse: String, Sendable, Codable, CaseIterable {
        case none, shortSample, longSample, shortOutput, longOutput, fewTimesteps, manyTimesteps, otherShapeSelected
        case tensorIndexBeyond, tensorOfTwoDimensions, noOutput

        /// Does it, and ends the process with status 0 if nobody minds.
        func commit() throws -> Never {
            let model = try UNet1DModel(directory: Fixture.named("real_hopper_h32").directory)
            let shapes = [
                ForwardShape(batch: 2, length: 32, timesteps: 2), ForwardShape(batch: 1, length: 32, timesteps: 1),
            ]
            var session = try Session(model: model, shapes: shapes, pool: WorkerPool(workers: 1))
            var count = (sample: 2 * 14 * 32, output: 2 * 14 * 32, timesteps: 2)
            switch self {
            case .none, .noOutput: break
            case .shortSample: count.sample -= 1
            case .longSample: count.sample += 1
            case .shortOutput: count.output -= 1
            case .longOutput: count.output += 1
            case .fewTimesteps: count.timesteps = 1
            case .manyTimesteps: count.timesteps = 3
            case .otherShapeSelected: try session.select(shapes[1])
            case .tensorIndexBeyond: _ = try Tensor([1, 2, 3, 4], shape: [1, 2, 2])[0, 0, 2]
            case .tensorOfTwoDimensions: _ = try Tensor([1, 2, 3, 4], shape: [2, 2])[0, 0, 0]
            }
            let sample = [Float](repeating: 0, count: count.sample)
            var output = [Float](repeating: 0, count: count.output)
            let timestep = try Timestep(Array(repeating: 1, count: count.timesteps))
            if self == .noOutput { output = [] }
            var span = output.mutableSpan
            session.forward(sample: sample.span, timestep: timestep, output: &span)
            exit(0)
        }
    }

    @Test(arguments: Misuse.allCases.filter { $0 != .none }) func endsTheProcess(misuse: Misuse) async {
        await #expect(processExitsWith: .failure) { [misuse] in try misuse.commit() }
    }

    @Test func whatIsNoMisuseDoesNot() async {
        await #expect(processExitsWith: .success) { try Misuse.none.commit() }
    }
}
