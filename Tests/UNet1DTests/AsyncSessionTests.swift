import Foundation
import Synchronization
import TestSupport
import Testing
import UNet1D

/// Sessions in tasks and actors.
@Suite struct AsyncSessionTests {
    private static let fixture = Fixture.named("real_hopper_h32")

    /// What a user may write: an actor with a session of its own.
    private actor Owner {
        private var session: Session

        init(_ session: consuming Session) { self.session = session }

        func forward(_ tensors: ForwardTensors) -> [Float] { tensors.run(&session) }

        func call<Result: Sendable>(_ body: @Sendable (inout Session) -> Result) -> Result { body(&session) }
    }

    @Test func anActorOwnsASession() async throws {
        let tensors = try #require(try Self.fixture.tensors())
        let model = try UNet1DModel(directory: Self.fixture.directory)
        let owner = Owner(try Session(model: model, shape: tensors.shape, pool: Pools.pool(2)))
        var own = try Session(model: model, shape: tensors.shape, pool: Pools.pool(1))
        let expected = bits(tensors.run(&own))
        await withTaskGroup(of: [Float].self) { group in
            for _ in 0..<20 { group.addTask { await owner.forward(tensors) } }
            for await output in group { #expect(bits(output) == expected) }
        }
    }

    @Test(arguments: ["real_hopper_h32", "real_value_h32", "dance5_small", "default_3level"])
    func tasksShareASession(name: String) async throws {
        let fixture = Fixture.named(name)
        let tensors = try #require(try fixture.tensors())
        let model = try UNet1DModel(directory: fixture.directory)
        let sample = try Tensor(tensors.sample, shape: tensors.sampleShape)
        let expected = try model(sample, timestep: tensors.timestep)
        let session = try await AsyncSession(model: model, shapes: [tensors.shape], pool: Pools.pool(2))
        try await withThrowingTaskGroup(of: UNet1DOutput.self) { group in
            for _ in 0..<20 { group.addTask { try await session(sample, timestep: tensors.timestep) } }
            for try await output in group {
                #expect(bits(output.sample.scalars) == bits(expected.sample.scalars))
            }
        }
    }

    @Test func aLoopRunsOnTheSessionWithoutSuspension() async throws {
        let tensors = try #require(try Self.fixture.tensors())
        let model = try UNet1DModel(directory: Self.fixture.directory)
        var own = try Session(model: model, shape: tensors.shape, pool: Pools.pool(1))
        let expected = bits(tensors.run(&own))
        let session = try await AsyncSession(model: model, shapes: [tensors.shape], pool: Pools.pool(2))
        let outputs = await session.withSession { session in (0..<3).map { _ in tensors.run(&session) } }
        for output in outputs { #expect(bits(output) == expected) }
        let longer = ForwardShape(batch: 1, length: 64)
        let shapes = try await session.withSession { session throws(UNet1DError) in
            try session.prepare(longer)
            return session.shapes
        }
        #expect(shapes == [tensors.shape, longer])
    }

    @Test func errorsAreThrownToTheTask() async throws {
        let model = try UNet1DModel(directory: Self.fixture.directory)
        await #expect(throws: UNet1DError.self) {
            _ = try await AsyncSession(model: model, shapes: [], pool: Pools.pool(1))
        }
        let none = ForwardShape(batch: 0, length: 32)
        await #expect(throws: UNet1DError.self) {
            _ = try await AsyncSession(model: model, shapes: [none], pool: Pools.pool(1))
        }
        let session = try await AsyncSession(
            model: model, shapes: [ForwardShape(batch: 1, length: 32)], pool: Pools.pool(1))
        let other = try Tensor(Array(repeating: 0, count: 14 * 64), shape: [1, 14, 64])
        await #expect(throws: UNet1DError.self) { try await session(other, timestep: Timestep([1])) }
    }

    /// More bodies than there are cooperative threads, none of which ends before all have begun: they do on asynchronous sessions,
    /// and do not on plain actors, which shows that the test can tell.
    @Test func noCooperativeThreadWaits() async {
        await #expect(processExitsWith: .success) {
            guard let tensors = try Self.fixture.tensors() else { exit(2) }
            let model = try UNet1DModel(directory: Self.fixture.directory)
            let count = ProcessInfo.processInfo.activeProcessorCount + 3
            let meeting = Meeting(count)
            let together = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<count {
                    let session = try await AsyncSession(model: model, shapes: [tensors.shape], pool: Pools.pool(1))
                    group.addTask { await session.withSession { _ in meeting.attend(seconds: 60) } }
                }
                return try await group.reduce(true) { $0 && $1 }
            }
            guard together else { exit(3) }

            let other = Meeting(count)
            let plain = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<count {
                    let owner = Owner(try Session(model: model, shape: tensors.shape, pool: Pools.pool(1)))
                    group.addTask { await owner.call { _ in other.attend(seconds: 1) } }
                }
                return try await group.reduce(true) { $0 && $1 }
            }
            exit(plain ? 4 : 0)
        }
    }

    /// Ends for all when all have come.
    private final class Meeting: Sendable {
        private let expected: Int
        private let present = Atomic(0)

        init(_ expected: Int) { self.expected = expected }

        /// Blocks the thread. Whether all came in time.
        func attend(seconds: Double) -> Bool {
            present.wrappingAdd(1, ordering: .relaxed)
            let end = Date(timeIntervalSinceNow: seconds)
            while present.load(ordering: .relaxed) < expected {
                if Date() > end { return false }
                usleep(1000)
            }
            return true
        }
    }
}
