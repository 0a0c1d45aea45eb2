public import CUNet1D
import UNet1DSampling

/// Reads a scheduler, or makes one of a class. See unet1d.h.
@c @implementation
public func unet1d_scheduler_open(
    _ what: UnsafePointer<CChar>?, _ name: UnsafePointer<CChar>?, _ scheduler: UnsafeMutablePointer<OpaquePointer?>?
) -> unet1d_status {
    reporting {
        guard let scheduler else {
            throw Failure.argument("scheduler", found: "NULL", expected: "where to put the handle")
        }
        let opened = try Scheduler(of: what.map { String(cString: $0) }, as: name.map { String(cString: $0) })
        scheduler.pointee = try HandleTable.shared.insert(SchedulerObject(opened), .scheduler)
    }
}

/// Ends a scheduler's handle. See unet1d.h.
@c @implementation
public func unet1d_scheduler_free(_ scheduler: OpaquePointer?) -> unet1d_status {
    reporting { try HandleTable.shared.release(scheduler, .scheduler, as: SchedulerObject.self) }
}

/// A scheduler that handles share.
final class SchedulerObject: Sendable {
    let scheduler: Scheduler

    init(_ scheduler: Scheduler) { self.scheduler = scheduler }
}
