public import CUNet1D
import UNet1D

/// Starts workers, or takes the parallel-for of the caller. See unet1d.h.
@c @implementation
public func unet1d_pool_create(
    _ options: UnsafePointer<unet1d_pool_options>?, _ pool: UnsafeMutablePointer<OpaquePointer?>?
) -> unet1d_status {
    reporting { () throws(Failure) in
        let options = try SizedStruct.read(options, "options", zero: unet1d_pool_options())
        guard let pool else { throw .argument("pool", found: "NULL", expected: "where to put the handle") }
        let made = try WorkerPool.make(options)
        pool.pointee = try HandleTable.shared.insert(made, .pool)
    }
}

/// Ends a pool's handle. See unet1d.h.
@c @implementation
public func unet1d_pool_free(_ pool: OpaquePointer?) -> unet1d_status {
    reporting { () throws(Failure) in try HandleTable.shared.release(pool, .pool, as: WorkerPool.self) }
}

/// The workers of a pool, the caller included. See unet1d.h.
@c @implementation
public func unet1d_pool_workers(_ pool: OpaquePointer?, _ workers: UnsafeMutablePointer<UInt32>?) -> unet1d_status {
    reporting { () throws(Failure) in
        let pool = try HandleTable.shared.object(pool, .pool, as: WorkerPool.self)
        guard let workers else { throw .argument("workers", found: "NULL", expected: "where to put the number") }
        workers.pointee = UInt32(pool.workers)
    }
}

extension WorkerPool {
    /// A pool with the options of a C program.
    fileprivate static func make(_ asked: unet1d_pool_options) throws(Failure) -> WorkerPool {
        let options = try WorkerPool.Options(asked)
        do throws(WorkerPoolError) { return try make(asked, options) } catch {
            throw Failure(UNET1D_WORKERS, "options.workers: \(error)")
        }
    }

    private static func make(
        _ asked: unet1d_pool_options, _ options: WorkerPool.Options
    ) throws(WorkerPoolError) -> WorkerPool {
        let workers = asked.workers == 0 ? options.topology.usableCores : Int(asked.workers)
        if let parallelFor = WorkerPool.ParallelFor(asked, workers: workers) {
            return try WorkerPool(parallelFor: parallelFor)
        }
        return try WorkerPool(workers: workers, options: options)
    }
}

extension WorkerPool.ParallelFor {
    /// The parallel-for of the caller, if it brings one.
    fileprivate init?(_ asked: unet1d_pool_options, workers: Int) {
        guard let function = asked.parallel_for else { return nil }
        // The same function; C does not say that its body is never NULL, and the compiler (6.3.1) crashes on the conversion.
        let sameFunction = unsafeBitCast(function, to: WorkerPool.ParallelFor.Function.self)
        self.init(workers: workers, context: asked.parallel_for_context, function: sameFunction)
    }
}

extension WorkerPool.Options {
    fileprivate init(_ asked: unet1d_pool_options) throws(Failure) {
        let known = UInt32(UNET1D_POOL_UNPINNED | UNET1D_POOL_INHERIT_SCHEDULING)
        try Failure.check("options.flags", asked.flags, has: known)
        try Failure.check("options.reserved", asked.reserved, has: 0)
        self.init()
        pinned = Int(asked.flags) & UNET1D_POOL_UNPINNED == 0
        inheritsScheduling = Int(asked.flags) & UNET1D_POOL_INHERIT_SCHEDULING != 0
        // As unet1d.h has them: the macros' casts do not come to Swift.
        let none: Int64 = -1
        let forever: Int64 = -2
        switch asked.spin_nanoseconds {
        case 0: break
        case none: spinNanoseconds = 0
        case forever: spinNanoseconds = .max
        case 1...: spinNanoseconds = UInt64(asked.spin_nanoseconds)
        default:
            throw .argument(
                "options.spin_nanoseconds", found: "\(asked.spin_nanoseconds)",
                expected: "0 or more, UNET1D_SPIN_NONE or UNET1D_SPIN_FOREVER")
        }
    }
}
