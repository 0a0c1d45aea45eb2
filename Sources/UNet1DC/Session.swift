public import CUNet1D
import UNet1D

/// Makes a session for shapes. See unet1d.h.
@c @implementation
public func unet1d_session_create(
    _ model: OpaquePointer?, _ pool: OpaquePointer?, _ shapes: UnsafePointer<unet1d_shape>?, _ shape_count: Int,
    _ options: UnsafePointer<unet1d_session_options>?, _ session: UnsafeMutablePointer<OpaquePointer?>?
) -> unet1d_status {
    SessionCalls<Session>.create(model, pool, shapes, shape_count, options, session)
}

/// Ends a session and its handle. See unet1d.h.
@c @implementation
public func unet1d_session_free(_ session: OpaquePointer?) -> unet1d_status { SessionCalls<Session>.free(session) }

/// Prepares for one more shape. See unet1d.h.
@c @implementation
public func unet1d_session_prepare(_ session: OpaquePointer?, _ shape: UnsafePointer<unet1d_shape>?) -> unet1d_status {
    SessionCalls<Session>.prepare(session, shape)
}

/// Chooses one of the prepared shapes. See unet1d.h.
@c @implementation
public func unet1d_session_select(_ session: OpaquePointer?, _ shape: UnsafePointer<unet1d_shape>?) -> unet1d_status {
    SessionCalls<Session>.select(session, shape)
}

/// The plan of the selected shape. See unet1d.h.
@c @implementation
public func unet1d_session_info(
    _ session: OpaquePointer?, _ info: UnsafeMutablePointer<unet1d_plan_info>?
) -> unet1d_status {
    SessionCalls<Session>.info(session, info)
}

/// What the system gave of workers and memory. See unet1d.h.
@c @implementation
public func unet1d_session_placement(
    _ session: OpaquePointer?, _ placement: UnsafeMutablePointer<unet1d_placement>?
) -> unet1d_status {
    reporting {
        try HandleTable.shared.withSession(session, of: Session.self) { state in
            try SizedStruct.write(
                unet1d_placement(state.session.placement, memoryBytes: state.session.memoryBytes), to: placement,
                "placement")
        }
    }
}
