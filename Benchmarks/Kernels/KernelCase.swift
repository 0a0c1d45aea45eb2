import CKernels

/// What a kernel is measured by.
enum Work {
    /// Multiplications and additions of the direct form, so that algorithms can be compared.
    case operations(Int)
    /// Bytes of the operands that must be read and written.
    case bytes(Int)

    var count: Int {
        switch self {
        case .operations(let count), .bytes(let count): count
        }
    }
}

/// One kernel with arguments, packed weights and buffers: what a plan would hand to its workers.
struct KernelCase {
    private let work: Work
    private let run: () -> Void

    /// - Parameters:
    ///   - tiles: as many as the arguments stand for; all are run, in order, by the caller.
    ///   - buffers: what the arguments point into, kept as long as the case.
    init<Arguments>(
        _ kernel: kernel_function, _ arguments: Arguments, tiles: Int, scratchBytes: Int = 0, work: Work,
        in buffers: Buffers
    ) {
        let scratch = buffers.bytes(scratchBytes)
        self.work = work
        run = {
            withExtendedLifetime(buffers) {
                withUnsafePointer(to: arguments) { arguments in
                    for tile in 0..<tiles { kernel(arguments, tile, scratch) }
                }
            }
        }
    }

    /// Runs all tiles once.
    ///
    /// - Returns: GFLOP/s or GB/s, which is work a nanosecond, rounded: the benchmark library keeps whole numbers.
    func measure() -> Int {
        let clock = ContinuousClock()
        let duration = clock.measure(run)
        let nanoseconds = duration.components.seconds * 1_000_000_000 + duration.components.attoseconds / 1_000_000_000
        return Int((Double(work.count) / Double(max(1, nanoseconds))).rounded())
    }
}
