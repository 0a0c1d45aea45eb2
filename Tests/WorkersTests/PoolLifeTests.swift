import CUNet1DSystem
import Dispatch
import Foundation
import Synchronization
import Testing
import TestSupport

import Memory
@testable import Workers

extension WorkersTests {
    /// Starting, ending, forking, idling. What concerns the whole process runs in one of its own.
    @Suite struct Life {
        @Test(arguments: [1, 2, 4, 16])
        func madeAndDroppedInALoop(workers: Int) throws {
            for round in 0..<40 {
                let pool = try WorkerPool(workers: workers)
                #expect(pool.workers == workers)
                if round % 2 == 0 { continue }
                let ledger = Ledger(stages: [5, 1, 5], workers: workers)
                ledger.run(on: pool)
                #expect(ledger.isExact)
            }
        }

        @Test(arguments: [0, -1, WorkerPool.maximumWorkers + 1])
        func refusesCounts(workers: Int) {
            #expect(throws: WorkerPoolError.workerCount(requested: workers)) { try WorkerPool(workers: workers) }
        }

        @Test func droppedByAnotherThread() throws {
            for _ in 0..<50 {
                let pool = Mutex<WorkerPool?>(try WorkerPool(workers: 3))
                let group = DispatchGroup()
                let ledger = Ledger(stages: [8, 8], workers: 3)
                ledger.run(on: pool.withLock { $0! })
                withExtendedLifetime(pool) {
                    let taken = pool.withLock { $0.take() }
                    DispatchQueue(label: "dropper").async(group: group) { withExtendedLifetime(taken) {} }
                }
                group.wait()
                #expect(ledger.isExact)
            }
        }

        @Test func errorNamesTheCap() {
            let error = WorkerPoolError.notAllStarted(requested: 400, started: 255, limitNanoseconds: 1_000_000_000)
            #expect(error.description.contains("255 blocked threads"))
            #expect(error.description.contains("399 threads"))
        }

        @Test func errorNamesTheMemory() {
            let error = WorkerPoolError.memory(.mapping(bytes: 6_500_352, errorNumber: 12))
            #expect(error.description.contains("6500352 bytes for a pool (error number 12)"))
        }

        @Test func sharedWordsKeepTheirPageSizes() throws {
            let memory = try PoolMemory(workers: 3, stealOrder: Array(0..<9), spinNanoseconds: 0)
            #expect(PageSizes.areKept(at: memory.state.mailbox(0)) != false)
            #expect(PageSizes.areKept(at: memory.state.block(2).range(2)) != false)
            #expect(PageSizes.areKept(at: memory.state.victims(of: 2) + 2) != false)
            #expect((0..<3).map { memory.state.victims(of: 2)[$0] } == [6, 7, 8])
        }

        @Test func moreThreadsThanDispatchHas() async {
            await #expect(processExitsWith: .success) {
                var options = WorkerPool.Options()
                options.startLimitNanoseconds = 1_500_000_000
                do throws(WorkerPoolError) {
                    _ = try WorkerPool(workers: 400, options: options)
                    exit(2)
                } catch {
                    guard case .notAllStarted(400, let started, _) = error, (1...255).contains(started) else {
                        exit(3)
                    }
                }
                // Those that had started have left, so there is room again.
                let ledger = Ledger(stages: [50, 50], workers: 4)
                ledger.run(on: try WorkerPool(workers: 4))
                exit(ledger.isExact ? 0 : 4)
            }
        }

        @Test func idlePoolUsesNoProcessor() async {
            await #expect(processExitsWith: .success) {
                var options = WorkerPool.Options()
                options.spinNanoseconds = 1_000_000
                let pool = try WorkerPool(workers: 8, options: options)
                let ledger = Ledger(stages: [100, 100], workers: 8)
                for _ in 0..<10 { ledger.run(on: pool) }
                pauseThread(milliseconds: 100)
                let before = system_process_usage().processor_nanoseconds
                pauseThread(milliseconds: 300)
                let used = system_process_usage().processor_nanoseconds - before
                exit(ledger.isExact && used < 30_000_000 ? 0 : 1)
            }
        }

        @Test func forkedChildComputesAlone() async {
            await #expect(processExitsWith: .success) {
                var pool: WorkerPool? = try WorkerPool(workers: 4)
                let before = Ledger(stages: [40, 1, 40], workers: 4)
                before.run(on: pool!)
                let inChild = Ledger(stages: [40, 1, 40], workers: 4)
                let child = Self.forkProcess()
                if child == 0 {
                    inChild.run(on: pool!)
                    let alone = inChild.isExact && inChild.executed[0] == 81
                    pool = nil
                    _exit(alone ? 0 : 1)
                }
                var status: Int32 = -1
                guard eventually({ waitpid(child, &status, WNOHANG) == child }) else {
                    kill(child, SIGKILL)
                    exit(2)
                }
                before.run(on: pool!)
                exit(before.isExact && status == 0 ? 0 : 3)
            }
        }

        @Test func masksAreGivenBack() async {
            await #expect(processExitsWith: .success) {
                let own = Self.affinityLists()
                guard Set(own).count == 1 else { exit(2) }
                do {
                    let pool = try WorkerPool(workers: min(2, Topology.current.cores.count))
                    let bound = pool.pinning.cpus.compactMap { $0 }
                    guard bound.allSatisfy({ Self.affinityLists().contains("\($0)") }) else { exit(3) }
                }
                exit(Set(Self.affinityLists()) == Set(own) ? 0 : 4)
            }
        }

        /// The affinity of each thread of this process.
        private static func affinityLists() -> [String] {
            let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
            return threads.compactMap { thread in
                // Files of /proc have no size, so Foundation's readers of whole files are no use.
                SystemText.read("/proc/self/task/\(thread)/status")?.split(separator: "\n")
                    .first { $0.hasPrefix("Cpus_allowed_list:") }
                    .map { String(SystemText.fields($0)[1]) }
            }
        }

        private static func forkProcess() -> pid_t {
            // Swift hides fork() because little is safe in the child; a run of the pool must be.
            typealias Fork = @convention(c) () -> pid_t
            return unsafeBitCast(dlsym(nil, "fork"), to: Fork.self)()
        }
    }
}
