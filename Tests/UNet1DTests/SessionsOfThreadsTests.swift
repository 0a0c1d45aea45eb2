import CUNet1DSystem
import Dispatch
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Planning
@testable import UNet1D

/// Sessions made, used and dropped by several threads at once, and what a session does to its thread and its process.
@Suite(.serialized) struct SessionsOfThreadsTests {
    private static let fixture = Fixture.named("real_hopper_h32")

    /// Four threads over one model, two on a pool that they share, two on pools of their own: bits as on one worker.
    @Test func madeAndDroppedInLoops() throws {
        let tensors = try #require(try Self.fixture.tensors())
        let model = try UNet1DModel(directory: Self.fixture.directory)
        let options = Session.Options(isa: TestISA.all[0])
        var alone = try Session(model: model, shape: tensors.shape, pool: Pools.pool(1), options: options)
        let expected = bits(tensors.run(&alone))
        let shared = try WorkerPool(workers: 3)
        let wrong = Mutex(0)
        let group = DispatchGroup()
        for thread in 0..<4 {
            DispatchQueue(label: "session").async(group: group) {
                for _ in 0..<10 {
                    let pool = thread < 2 ? shared : try? WorkerPool(workers: 2)
                    guard let pool,
                        var session = try? Session(model: model, shape: tensors.shape, pool: pool, options: options)
                    else { return wrong.withLock { $0 += 1 } }
                    for _ in 0..<3 where bits(tensors.run(&session)) != expected { wrong.withLock { $0 += 1 } }
                }
            }
        }
        group.wait()
        #expect(wrong.withLock { $0 } == 0)
    }

    /// A caller that rounds toward zero and keeps subnormals gets the same bits, from loading on; and that rounding does
    /// decide bits where nothing is done about it.
    @Test func roundingOfTheCallerDecidesNoBits() throws {
        let tensors = try #require(try Self.fixture.tensors())
        func forward() throws -> [UInt32] {
            let model = try UNet1DModel(directory: Self.fixture.directory)
            var session = try Session(model: model, shape: tensors.shape, pool: Pools.pool(2))
            return bits(tensors.run(&session))
        }
        let expected = try forward()
        let before = system_control_word_enter(0x7f80)
        let given = Result { try forward() }
        system_control_word_restore(before)
        #expect(try given.get() == expected)

        let model = try UNet1DModel(directory: Self.fixture.directory)
        var session = try Session(model: model, shape: tensors.shape, pool: Pools.pool(1))
        _ = tensors.run(&session)
        var output = [Float](repeating: 0, count: session.plan.outputCount)
        tensors.sample.withUnsafeBufferPointer { sample in
            output.withUnsafeMutableBufferPointer { output in
                let shape = session.prepared[session.selected]
                shape.pointee.bound.setEnds(sample: sample.baseAddress!, output: output.baseAddress!)
                let own = system_control_word_enter(0x7f80)
                for stage in 0..<shape.pointee.bound.stageCount {
                    for tile in 0..<shape.pointee.bound.stageTiles[stage] {
                        runTile(UnsafeRawPointer(shape.pointee.bound.context), stage, tile, 0)
                    }
                }
                system_control_word_restore(own)
            }
        }
        #expect(bits(output) != expected)
    }

    /// No new thread with one worker; with sixteen, more than Dispatch has idle, there are, which shows that they are counted.
    @Test func singleWorkerStartsNoThread() async {
        await #expect(processExitsWith: .success) {
            guard let tensors = try Self.fixture.tensors() else { exit(2) }
            let before = Self.threads()
            let pool = try WorkerPool(workers: 1)
            let model = try UNet1DModel(directory: Self.fixture.directory)
            var session = try Session(model: model, shape: tensors.shape, pool: pool)
            for _ in 0..<10 { _ = tensors.run(&session) }
            guard Self.threads().isSubset(of: before) else { exit(3) }
            let many = try WorkerPool(workers: 16)
            withExtendedLifetime(many) { exit(Self.threads().isSubset(of: before) ? 4 : 0) }
        }
    }

    @Test func forkedChildGivesTheSameBits() async {
        await #expect(processExitsWith: .success) {
            guard let tensors = try Self.fixture.tensors() else { exit(2) }
            let model = try UNet1DModel(directory: Self.fixture.directory)
            let pool = try WorkerPool(workers: 4)
            var session = try Session(model: model, shape: tensors.shape, pool: pool)
            let expected = bits(tensors.run(&session))
            // Swift hides fork() because little is safe in the child; a forward must be.
            let fork = unsafeBitCast(dlsym(nil, "fork"), to: (@convention(c) () -> pid_t).self)
            let child = fork()
            if child == 0 {
                alarm(20)
                _exit(bits(tensors.run(&session)) == expected ? 0 : 1)
            }
            var status: Int32 = -1
            waitpid(child, &status, 0)
            exit(status == 0 && bits(tensors.run(&session)) == expected ? 0 : 3)
        }
    }

    private static func threads() -> Set<String> {
        Set((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? [])
    }
}
