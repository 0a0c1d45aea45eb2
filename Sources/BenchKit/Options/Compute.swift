public import UNet1D
import Workers

/// How forwards are computed: settings, checked and with their defaults.
public struct Compute: Sendable {
    /// Workers.
    public let threads: Int
    /// What decides bits.
    public let options: Session.Options
    /// How workers wait.
    public let pool: WorkerPool.Options
    /// The machine: this one, or a made-up one that is only planned for.
    public let topology: Topology
    /// Microseconds that workers spin, nil: forever.
    public let spinMicroseconds: Int?

    /// The most workers that run: Dispatch runs at most 255 blocked threads in a process, beside the caller.
    /// Source: libdispatch, DISPATCH_WORKQ_MAX_PTHREAD_COUNT.
    static let maximumThreads = min(256, WorkerPool.maximumWorkers)
    /// What `--precision` takes, in words.
    static let precisions = Precision.allCases.map(\.rawValue).joined(separator: ", ")
    /// What `--isa` takes, in words.
    static let isas = "auto, or one of \(ISA.allCases.reversed().map(\.rawValue).joined(separator: ", "))"

    /// Checks settings, and reads the machine profile that they name. Blocks on the disk.
    ///
    /// - Parameter library: where machine profiles are found.
    /// - Throws: `BenchError.option`, `BenchError.unavailable`; what finding and reading a machine profile throws.
    public init(_ settings: Settings, library: ProfileLibrary) throws(BenchError) {
        let numa = settings.numa ?? "auto"
        guard let policy = NUMAPolicy(rawValue: numa) else {
            throw .option(name: "numa", found: numa, expected: "auto, off, interleave or replicate")
        }
        if let text = settings.topology { topology = try Topology(option: text) } else { topology = .current }
        threads = settings.threads ?? min(topology.usableCores, Self.maximumThreads)
        guard 1...Self.maximumThreads ~= threads else {
            throw .option(
                name: "threads", found: "\(threads)",
                expected: "1 to \(Self.maximumThreads): that many run at once at most, the caller among them")
        }
        var options = Session.Options()
        options.numa = policy
        if let name = settings.isa, name != "auto" {
            guard let isa = ISA(rawValue: name) else {
                throw .option(name: "isa", found: name, expected: Self.isas)
            }
            guard isa.isAvailable else {
                throw .unavailable(
                    name: "isa", found: name,
                    available: "this machine lacks \(isa.missingFeatures().joined(separator: ", ")); it has "
                        + ISA.available.map(\.rawValue).joined(separator: ", "))
            }
            options.isa = isa
        }
        if let name = settings.accuracy {
            guard let accuracy = Accuracy(rawValue: name) else {
                throw .option(name: "accuracy", found: name, expected: "fast or strict")
            }
            options.accuracy = accuracy
        }
        if let name = settings.precision {
            guard let precision = Precision(rawValue: name) else {
                throw .option(name: "precision", found: name, expected: Self.precisions)
            }
            options.precision = precision
        }
        options.shortLevels = settings.shortLevels
        if let machine = settings.machine { options.machine = try library.machine(machine) }
        self.options = options
        var pool = WorkerPool.Options()
        switch settings.spin {
        case nil: spinMicroseconds = Int(pool.spinNanoseconds / 1000)
        case "forever":
            spinMicroseconds = nil
            pool.spinNanoseconds = .max
        case let text?:
            guard let microseconds = Int(text), microseconds >= 0 else {
                throw .option(name: "spin", found: text, expected: "microseconds, 0 or more, or forever")
            }
            spinMicroseconds = microseconds
            let (nanoseconds, overflow) = UInt64(microseconds).multipliedReportingOverflow(by: 1000)
            pool.spinNanoseconds = overflow ? .max : nanoseconds
        }
        self.pool = pool
    }

    /// Starts the workers: the requested number, or `workers`.
    ///
    /// - Throws: `BenchError.library` where they cannot be started.
    public func makePool(workers: Int? = nil) throws(BenchError) -> WorkerPool {
        do throws(WorkerPoolError) {
            return try WorkerPool(workers: workers ?? threads, options: pool)
        } catch { throw .library(.workers(error)) }
    }
}
