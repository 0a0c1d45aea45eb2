public import CUNet1D
import UNet1D

/// Makes a session for shapes. See unet1d.h.
@c @implementation
public func unet1d_session_create(
    _ model: OpaquePointer?, _ pool: OpaquePointer?, _ shapes: UnsafePointer<unet1d_shape>?, _ shape_count: Int,
    _ options: UnsafePointer<unet1d_session_options>?, _ session: UnsafeMutablePointer<OpaquePointer?>?
) -> unet1d_status {
    reporting {
        let model = try HandleTable.shared.object(model, .model, as: UNet1DModel.self)
        let pool = try HandleTable.shared.object(pool, .pool, as: WorkerPool.self)
        guard let shapes else { throw Failure.argument("shapes", found: "NULL", expected: "one shape or more") }
        guard 1...SessionState.mostShapes ~= shape_count else {
            throw Failure.argument("shape_count", found: "\(shape_count)", expected: "1 to \(SessionState.mostShapes)")
        }
        let options = try SessionOptions(options)
        guard let session else { throw Failure.argument("session", found: "NULL", expected: "where to put the handle") }
        let wanted = UnsafeBufferPointer(start: shapes, count: shape_count).map { ForwardShape($0) }
        let made = try Session(
            model: model, shapes: wanted, pool: pool, options: options.options, arena: options.arena)
        let state = UnsafeMutablePointer<SessionState>.allocate(capacity: 1)
        state.initialize(to: SessionState(made))
        do { session.pointee = try HandleTable.shared.insert(UnsafeMutableRawPointer(state), .session) } catch {
            SessionState.free(state)
            throw error
        }
    }
}

/// Ends a session and its handle. See unet1d.h.
@c @implementation
public func unet1d_session_free(_ session: OpaquePointer?) -> unet1d_status {
    reporting {
        if session == nil { return }
        let taken = try HandleTable.shared.take(session, .session)
        HandleTable.shared.remove(taken.handle)
        SessionState.free(taken.object.assumingMemoryBound(to: SessionState.self))
    }
}

/// Prepares for one more shape. See unet1d.h.
@c @implementation
public func unet1d_session_prepare(_ session: OpaquePointer?, _ shape: UnsafePointer<unet1d_shape>?) -> unet1d_status {
    reporting {
        try HandleTable.shared.withSession(session) { try $0.prepare(ForwardShape(shape)) }
    }
}

/// Chooses one of the prepared shapes. See unet1d.h.
@c @implementation
public func unet1d_session_select(_ session: OpaquePointer?, _ shape: UnsafePointer<unet1d_shape>?) -> unet1d_status {
    reporting {
        try HandleTable.shared.withSession(session) { try $0.session.select(ForwardShape(shape)) }
    }
}

/// The plan of the selected shape. See unet1d.h.
@c @implementation
public func unet1d_session_info(
    _ session: OpaquePointer?, _ info: UnsafeMutablePointer<unet1d_plan_info>?
) -> unet1d_status {
    reporting {
        try HandleTable.shared.withSession(session) {
            try SizedStruct.write(unet1d_plan_info($0.session.plan), to: info, "info")
        }
    }
}

/// What the system gave of workers and memory. See unet1d.h.
@c @implementation
public func unet1d_session_placement(
    _ session: OpaquePointer?, _ placement: UnsafeMutablePointer<unet1d_placement>?
) -> unet1d_status {
    reporting {
        try HandleTable.shared.withSession(session) { state in
            try SizedStruct.write(
                unet1d_placement(state.session.placement, memoryBytes: state.session.memoryBytes), to: placement,
                "placement")
        }
    }
}
