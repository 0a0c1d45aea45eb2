import CUNet1DSystem
import Dispatch
import Foundation
import Synchronization
import Testing

@testable import Workers

extension WorkersTests {
    /// What holds stages and runs apart, and what does not.
    @Suite struct Barriers {
        /// Two flags that tiles set and wait for.
        final class Flags: Sendable {
            let begun = Atomic(0)
            let open = Atomic(false)
            let sawNextStage = Atomic(false)

            var pointer: UnsafeRawPointer { UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque()) }
            static func from(_ context: UnsafeRawPointer?) -> Flags {
                Unmanaged<Flags>.fromOpaque(context!).takeUnretainedValue()
            }
        }

        @Test(arguments: [false, true])
        func barrierHoldsUnlessTakenAway(without: Bool) throws {
            let flags = Flags()
            do {
                var options = WorkerPool.Options()
                if without { options.tileOrder = .acrossStages }
                let pool = try WorkerPool(workers: 2, options: options)
                pool.run(
                    context: flags.pointer, stages: [2, 2], count: 2,
                    function: { context, stage, tile, _ in
                        let flags = Flags.from(context)
                        if stage == 1 { flags.open.store(true, ordering: .relaxed) }
                        if stage == 0 && tile == 0 {
                            let seen = eventually(milliseconds: 300) { flags.open.load(ordering: .relaxed) }
                            flags.sawNextStage.store(seen, ordering: .relaxed)
                        }
                    })
            }
            #expect(flags.sawNextStage.load(ordering: .relaxed) == without)
        }

        @Test func runDoesNotWaitForAnother() throws {
            let pool = try WorkerPool(workers: 2)
            let flags = Flags()
            let group = DispatchGroup()
            DispatchQueue(label: "first").async(group: group) {
                pool.parallelFor(2, context: flags.pointer) { context, _, _, _ in
                    let flags = Flags.from(context)
                    flags.begun.wrappingAdd(1, ordering: .relaxed)
                    _ = eventually { flags.open.load(ordering: .relaxed) }
                }
            }
            #expect(eventually { flags.begun.load(ordering: .relaxed) == 2 })
            let ledger = Ledger(stages: [7, 1, 7], workers: 2)
            ledger.run(on: pool)
            #expect(ledger.isExact)
            #expect(ledger.executed[0] == 15, "the only worker was busy")
            flags.open.store(true, ordering: .relaxed)
            group.wait()
        }

        /// Control words that an owner of a thread may have chosen: rounding toward zero, upward, flushing, exceptions that
        /// trap, flags that are raised.
        @Test(arguments: [0x1f80, 0x7f80, 0x5f80, 0x9f80, 0x1fc0, 0x1f00, 0x1fbf] as [UInt32], [1, 2])
        func everyThreadComputesAlike(own: UInt32, workers: Int) throws {
            let testers = system_control_word_enter(own)
            defer { system_control_word_restore(testers) }
            // Its threads start with the control word of this one.
            let pool = try WorkerPool(workers: workers)
            var words = [UInt32](repeating: 0, count: 64)
            // Making the pool may have raised flags.
            let before = system_control_word()
            words.withUnsafeMutableBytes { bytes in
                pool.parallelFor(64, context: bytes.baseAddress) { context, _, tile, _ in
                    UnsafeMutableRawPointer(mutating: context!).assumingMemoryBound(to: UInt32.self)[tile] =
                        system_control_word()
                }
            }
            #expect(words.allSatisfy { $0 & ~0x3f == UInt32(SYSTEM_COMPUTING_CONTROL_WORD) })
            #expect(system_control_word() == before && before & ~0x3f == own & ~0x3f)
        }

        /// Plain memory is written in one stage and read in the next. Where the tests are built with ThreadSanitizer, it is
        /// quiet with the barrier and reports (exit code 66) without it.
        @Test func threadSanitizerSeesTheBarrier() async {
            await #expect(processExitsWith: .success) { Self.passValuesOn(withoutStageBarrier: false) }
        }

        @Test func threadSanitizerMissesTheBarrier() async {
            let underSanitizer = dlsym(nil, "__tsan_init") != nil
            await #expect(processExitsWith: underSanitizer ? .exitCode(66) : .success) {
                Self.passValuesOn(withoutStageBarrier: true)
            }
        }

        private static func passValuesOn(withoutStageBarrier: Bool) {
            var options = WorkerPool.Options()
            if withoutStageBarrier { options.tileOrder = .acrossStages }
            let values = UnsafeMutablePointer<Int>.allocate(capacity: 16)
            values.initialize(repeating: 0, count: 16)
            let stages = [Int](repeating: 8, count: 200)
            guard let pool = try? WorkerPool(workers: 2, options: options) else { exit(2) }
            for _ in 0..<20 {
                pool.run(
                    context: values, stages: stages, count: stages.count,
                    function: { context, stage, tile, _ in
                        let values = UnsafeMutableRawPointer(mutating: context!).assumingMemoryBound(to: Int.self)
                        let from = stage % 2 * 8
                        var sum = 0
                        for index in 0..<8 { sum &+= values[from + index] }
                        values[8 - from + tile] = sum &+ 1
                    })
            }
            withExtendedLifetime(pool) {}
        }
    }
}
