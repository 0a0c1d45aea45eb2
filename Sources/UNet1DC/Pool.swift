public import CUNet1D
import UNet1D

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

@c @implementation
public func unet1d_pool_free(_ pool: OpaquePointer?) -> unet1d_status {
    reporting { () throws(Failure) in try HandleTable.shared.release(pool, .pool, as: WorkerPool.self) }
}

@c @implementation
public func unet1d_pool_workers(_ pool: OpaquePointer?, _ workers: UnsafeMutablePointer<UInt32>?) -> unet1d_status {
    reporting { () throws(Failure) in
        let pool = try HandleTable.shared.object(pool, .pool, as: WorkerPool.self)
        guard let workers else { throw .argument("workers", found: "NULL", expected: "where to put the number") }
        workers.pointee = UInt32(pool.workers)
    }
}

extension WorkerPool {
    /// A pool as C asks for it.
    fileprivate static func make(_ asked: unet1d_pool_options) throws(Failure) -> WorkerPool {
        let known = UInt32(UNET1D_POOL_UNPINNED.rawValue | UNET1D_POOL_INHERIT_SCHEDULING.rawValue)
        try Failure.check("options.flags", asked.flags, has: known)
        try Failure.check("options.reserved", asked.reserved, has: 0)
        var options = WorkerPoolOptions()
        options.pinned = asked.flags & UNET1D_POOL_UNPINNED.rawValue == 0
        options.inheritsScheduling = asked.flags & UNET1D_POOL_INHERIT_SCHEDULING.rawValue != 0
        switch asked.spin_nanoseconds {
        case 0: break
        case -1: options.spinNanoseconds = 0
        case -2: options.spinNanoseconds = .max
        case 1...: options.spinNanoseconds = UInt64(asked.spin_nanoseconds)
        default:
            throw .argument(
                "options.spin_nanoseconds", found: "\(asked.spin_nanoseconds)",
                expected: "0 or more, UNET1D_SPIN_NONE or UNET1D_SPIN_FOREVER")
        }
        do throws(WorkerPoolError) {
            if let parallelFor = asked.parallel_for {
                return try WorkerPool(
                    executor: Executor(
                        workers: Int(asked.workers), context: asked.parallel_for_context, function: parallelFor))
            }
            let workers = asked.workers == 0 ? options.topology.usableCores : Int(asked.workers)
            return try WorkerPool(workers: workers, options: options)
        } catch {
            throw Failure(UNET1D_WORKERS, "options.workers: \(error)")
        }
    }
}
