public import CUNet1D
import UNet1D

/// Starts workers, or takes the parallel-for of the caller. See unet1d.h.
@c @implementation
public func unet1d_pool_create(
    _ options: UnsafePointer<unet1d_pool_options>?, _ pool: UnsafeMutablePointer<OpaquePointer?>?
) -> unet1d_status {
    reporting {
        let options = try SizedStruct.read(options, "options", zero: unet1d_pool_options())
        guard let pool else { throw Failure.argument("pool", found: "NULL", expected: "where to put the handle") }
        let made = try WorkerPool.make(options)
        pool.pointee = try HandleTable.shared.insert(made, .pool)
    }
}

/// Ends a pool's handle. See unet1d.h.
@c @implementation
public func unet1d_pool_free(_ pool: OpaquePointer?) -> unet1d_status {
    reporting { try HandleTable.shared.release(pool, .pool, as: WorkerPool.self) }
}

/// The workers of a pool, the caller included. See unet1d.h.
@c @implementation
public func unet1d_pool_workers(_ pool: OpaquePointer?, _ workers: UnsafeMutablePointer<UInt32>?) -> unet1d_status {
    reporting {
        let pool = try HandleTable.shared.object(pool, .pool, as: WorkerPool.self)
        guard let workers else { throw Failure.argument("workers", found: "NULL", expected: "where to put the number") }
        workers.pointee = UInt32(pool.workers)
    }
}

extension WorkerPool {
    /// A pool with the options of a C program.
    fileprivate static func make(_ requested: unet1d_pool_options) throws(Failure) -> WorkerPool {
        let options = try WorkerPool.Options(requested)
        let workers = requested.workers == 0 ? options.topology.usableCores : Int(requested.workers)
        do throws(WorkerPoolError) {
            if let parallelFor = WorkerPool.ParallelFor(requested, workers: workers) {
                return try WorkerPool(parallelFor: parallelFor)
            }
            return try WorkerPool(workers: workers, options: options)
        } catch {
            throw Failure(UNET1D_WORKERS, "options.workers: \(error)")
        }
    }
}

extension WorkerPool.ParallelFor {
    /// The parallel-for of the caller, if it brings one.
    fileprivate init?(_ requested: unet1d_pool_options, workers: Int) {
        guard let function = requested.parallel_for else { return nil }
        // The same function; C does not say that its body is never NULL, and the compiler (6.3.1) crashes on the conversion.
        let sameFunction = unsafeBitCast(function, to: WorkerPool.ParallelFor.Function.self)
        self.init(workers: workers, context: requested.parallel_for_context, function: sameFunction)
    }
}

extension WorkerPool.Options {
    fileprivate init(_ requested: unet1d_pool_options) throws(Failure) {
        let known = UInt32(UNET1D_POOL_UNPINNED | UNET1D_POOL_INHERIT_SCHEDULING)
        try Failure.check("options.flags", requested.flags, has: known)
        try Failure.check("options.reserved", requested.reserved, has: 0)
        self.init()
        pinned = Int(requested.flags) & UNET1D_POOL_UNPINNED == 0
        inheritsScheduling = Int(requested.flags) & UNET1D_POOL_INHERIT_SCHEDULING != 0
        // As unet1d.h has them: the macros' casts do not come to Swift.
        let none: Int64 = -1
        let forever: Int64 = -2
        switch requested.spin_nanoseconds {
        case 0: break
        case none: spinNanoseconds = 0
        case forever: spinNanoseconds = .max
        case 1...: spinNanoseconds = UInt64(requested.spin_nanoseconds)
        default:
            throw .argument(
                "options.spin_nanoseconds", found: "\(requested.spin_nanoseconds)",
                expected: "0 or more, UNET1D_SPIN_NONE or UNET1D_SPIN_FOREVER")
        }
    }
}
