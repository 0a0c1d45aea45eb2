import GateSystem
import Glibc
import Synchronization

// What a forward must not do, for a worker to do it on purpose. Each is a function for `WorkerPool.onEveryWorker`; the caller
// leaves it to the others.

/// A heap call that the compiler cannot drop, as the address escapes.
func allocateOnce() {
    let memory = malloc(24)
    escaped.store(UInt(bitPattern: memory), ordering: .relaxed)
    free(memory)
}

private let escaped = Atomic<UInt>(0)

func allocateOnWorker(_ worker: Int) { if worker > 0 { allocateOnce() } }

/// A page that nobody has touched before.
func touchNewPageOnWorker(_ worker: Int) { if worker > 0 { gate_untouched_page()[0] = 1 } }

/// A system call that does nothing.
func callSystemOnWorker(_ worker: Int) { if worker > 0 { _ = getppid() } }
