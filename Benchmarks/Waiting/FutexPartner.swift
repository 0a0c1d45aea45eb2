import CUNet1DSystem
import Glibc
import Synchronization

/// A thread that sleeps on a futex and, woken, wakes whoever woke it: a ping-pong without anything else.
///
/// The thread lives as long as the process.
struct FutexPartner {
    struct Failure: Error { let number: Int32 }

    private let words: Words

    /// Starts the thread on a CPU.
    init(cpu: Int?) throws {
        words = Words(cpu: cpu)
        var thread = pthread_t()
        let refusal = pthread_create(
            &thread, nil,
            { context in
                Unmanaged<Words>.fromOpaque(context.unsafelyUnwrapped).takeRetainedValue().live()
                return nil
            }, Unmanaged.passRetained(words).toOpaque())
        guard refusal == 0 else { throw Failure(number: refusal) }
    }

    /// Wakes the thread and sleeps until it has woken this one: nanoseconds until it had left its sleep, and until this one had.
    func pingPong() -> (toWake: UInt64, whole: UInt64) { words.ping() }

    /// Sendable unchecked: the two threads take turns.
    private final class Words: @unchecked Sendable {
        private let cpu: Int?
        /// Each on lines of its own: ping, pong, and when the thread woke.
        private let lines: UnsafeMutableRawPointer
        private var turn: UInt32 = 0

        init(cpu: Int?) {
            self.cpu = cpu
            lines = .allocate(byteCount: 3 * 128, alignment: 128)
            lines.initializeMemory(as: UInt8.self, repeating: 0, count: 3 * 128)
        }

        private func word(_ line: Int) -> UnsafeMutablePointer<Atomic<UInt32>> {
            (lines + line * 128).assumingMemoryBound(to: Atomic<UInt32>.self)
        }

        private var woken: UnsafeMutablePointer<Atomic<UInt64>> {
            (lines + 256).assumingMemoryBound(to: Atomic<UInt64>.self)
        }

        func ping() -> (toWake: UInt64, whole: UInt64) {
            let start = system_monotonic_nanoseconds()
            turn &+= 1
            word(0).pointee.store(turn, ordering: .releasing)
            _ = system_futex_wake(word(0), 1)
            while word(1).pointee.load(ordering: .acquiring) != turn {
                _ = system_futex_wait(word(1), turn &- 1, UInt64.max)
            }
            return (woken.pointee.load(ordering: .relaxed) - start, system_monotonic_nanoseconds() - start)
        }

        func live() {
            Processor.bind(to: cpu)
            var seen: UInt32 = 0
            while true {
                while word(0).pointee.load(ordering: .acquiring) == seen {
                    _ = system_futex_wait(word(0), seen, UInt64.max)
                }
                woken.pointee.store(system_monotonic_nanoseconds(), ordering: .relaxed)
                seen &+= 1
                word(1).pointee.store(seen, ordering: .releasing)
                _ = system_futex_wake(word(1), 1)
            }
        }
    }
}
