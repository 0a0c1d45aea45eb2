import CUNet1DSystem
import Glibc
import Synchronization
import Testing

@testable import Workers

extension WorkersTests {
    /// Which class and which flags the threads of a pool have, and that its caller's stay what they are. Each in a process of its own.
    @Suite struct Schedulings {
        /// SCHED_FIFO at priority 3.
        private static let fifo = system_scheduling(
            policy: 1, nice: 0, priority: 3, flags: 0, runtime_ns: 0, deadline_ns: 0, period_ns: 0)

        /// A tenth of a processor, by SCHED_DEADLINE, which no thread may have that is bound to some of the CPUs.
        private static let deadline = system_scheduling(
            policy: 6, nice: 0, priority: 0, flags: 0, runtime_ns: 1_000_000, deadline_ns: 10_000_000,
            period_ns: 10_000_000)

        @Test(.enabled(if: isAllowed(fifo)), arguments: [0, SYSTEM_RESET_ON_FORK])
        func workersInherit(flags: UInt32) async {
            await #expect(processExitsWith: .success) { [flags] in
                var caller = Self.fifo
                caller.flags = flags
                let expected = Array(repeating: Self.word(caller), count: 3)
                exit(Self.classes(caller: caller, inherits: true) == expected ? 0 : 1)
            }
        }

        @Test(.enabled(if: isAllowed(fifo)), arguments: [0, SYSTEM_RESET_ON_FORK])
        func workersDoNotInheritUnasked(flags: UInt32) async {
            await #expect(processExitsWith: .success) { [flags] in
                // What leaves a real-time class is of SCHED_OTHER; a thread that Dispatch has already may be of the process's class.
                let plain = [0, Self.word(Self.current.asWorker(inheriting: nil))]
                var caller = Self.fifo
                caller.flags = flags
                let classes = Self.classes(caller: caller, inherits: false)
                exit(classes[0] == Self.word(caller) && classes.dropFirst().allSatisfy(plain.contains) ? 0 : 1)
            }
        }

        /// A thread that may not clear the flag leaves the class nevertheless.
        @Test(.enabled(if: isAllowed(fifo) && geteuid() == 0))
        func theClassIsGivenBackWithoutTheRightTo() async {
            await #expect(processExitsWith: .success) {
                let own = Self.current
                var worker = Self.fifo
                worker.flags = SYSTEM_RESET_ON_FORK
                guard system_scheduling_set(&worker) == 0, setuid(65534) == 0 else { exit(2) }
                own.giveBack()
                exit(Self.current.policy == own.policy && Self.current.flags == SYSTEM_RESET_ON_FORK ? 0 : 1)
            }
        }

        /// SCHED_IDLE has none to set.
        @Test(.enabled(if: current.policy != 5)) func nicenessIsInherited() async {
            await #expect(processExitsWith: .success) {
                var own = Self.current
                own.nice = min(19, own.nice + 3)
                let asked = own.nice
                _ = Self.classes(caller: own, inherits: true) { pool in
                    guard pool.scheduling == .init(inherited: true, refusal: 0) else { exit(2) }
                }
                exit(Self.current.nice == asked ? 0 : 1)
            }
        }

        /// The caller also keeps its flags, one of them the class's own: SCHED_FLAG_RECLAIM.
        @Test(.enabled(if: isAllowed(deadline)), arguments: [0, SYSTEM_RESET_ON_FORK | 2])
        func refusalIsReported(flags: UInt32) async {
            await #expect(processExitsWith: .success) { [flags] in
                var caller = Self.deadline
                caller.flags = flags
                let classes = Self.classes(caller: caller, inherits: true, workers: 2) { pool in
                    // On a machine of one core nobody is bound.
                    let isBound = pool.pinning.cpus[1] != nil
                    guard !isBound || pool.scheduling == .init(inherited: false, refusal: EPERM) else { exit(2) }
                }
                exit(classes[0] == Self.word(caller) ? 0 : 1)
            }
        }

        /// Class and flags in one word.
        private static func word(_ scheduling: system_scheduling) -> UInt32 {
            scheduling.policy | scheduling.flags << 8
        }

        /// The `word`s with which a pool of three computes, the caller's first, with a caller that is scheduled so. Ends the
        /// process with status 3 if the caller is bound or scheduled otherwise afterwards.
        private static func classes(
            caller: system_scheduling, inherits: Bool, workers: Int = 3, check: (WorkerPool) -> Void = { _ in }
        ) -> [UInt32] {
            var wanted = caller
            guard system_scheduling_set(&wanted) == 0 else { exit(4) }
            let mask = AffinityMask.get().0
            var options = WorkerPool.Options()
            options.inheritsScheduling = inherits
            guard let pool = try? WorkerPool(workers: workers, options: options) else { exit(5) }
            check(pool)
            let classes = Classes(workers: pool.workers)
            let complete = eventually {
                pool.parallelFor(64, context: classes.pointer) { context, _, _, worker in
                    let classes = Classes.from(context)
                    classes.note(worker)
                    // The others are to get some.
                    if worker == 0 { usleep(200) }
                }
                return classes.isComplete
            }
            let kept = current.isSame(as: wanted) && AffinityMask.get().0 == mask
            guard complete, kept else { exit(3) }
            return classes.all
        }

        private static var current: system_scheduling {
            var scheduling = system_scheduling()
            _ = system_scheduling_get(&scheduling)
            return scheduling
        }

        /// Whether this process may schedule a thread so.
        private static func isAllowed(_ scheduling: system_scheduling) -> Bool {
            let own = current
            var wanted = scheduling
            guard system_scheduling_set(&wanted) == 0 else { return false }
            wanted = own
            return system_scheduling_set(&wanted) == 0
        }

        /// The class and flags with which each worker ran a tile.
        private final class Classes: Sendable {
            private let words: [Entry]

            final class Entry: Sendable { let word = Atomic<UInt32>(.max) }

            init(workers: Int) { words = (0..<workers).map { _ in Entry() } }

            var pointer: UnsafeRawPointer { UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque()) }
            static func from(_ context: UnsafeRawPointer?) -> Classes {
                Unmanaged<Classes>.fromOpaque(context!).takeUnretainedValue()
            }

            func note(_ worker: Int) {
                words[worker].word.store(Schedulings.word(Schedulings.current), ordering: .relaxed)
            }

            var all: [UInt32] { words.map { $0.word.load(ordering: .relaxed) } }
            var isComplete: Bool { !all.contains(.max) }
        }
    }
}
