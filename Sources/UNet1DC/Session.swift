public import CUNet1D
import UNet1D

/// Makes a session for shapes. See unet1d.h.
@c @implementation
public func unet1d_session_create(
    _ model: OpaquePointer?, _ pool: OpaquePointer?, _ shapes: UnsafePointer<unet1d_shape>?, _ shape_count: Int,
    _ options: UnsafePointer<unet1d_session_options>?, _ session: UnsafeMutablePointer<OpaquePointer?>?
) -> unet1d_status {
    reporting { () throws(Failure) in
        let model = try HandleTable.shared.object(model, .model, as: UNet1DModel.self)
        let pool = try HandleTable.shared.object(pool, .pool, as: WorkerPool.self)
        guard let shapes else { throw .argument("shapes", found: "NULL", expected: "one shape or more") }
        guard 1...SessionState.mostShapes ~= shape_count else {
            throw .argument("shape_count", found: "\(shape_count)", expected: "1 to \(SessionState.mostShapes)")
        }
        let options = try SessionOptions(options)
        guard let session else { throw .argument("session", found: "NULL", expected: "where to put the handle") }
        let wanted = UnsafeBufferPointer(start: shapes, count: shape_count).map { ForwardShape($0) }
        let made = try failing { () throws(UNet1DError) in
            try Session(model: model, shapes: wanted, pool: pool, options: options.options, arena: options.arena)
        }
        let state = UnsafeMutablePointer<SessionState>.allocate(capacity: 1)
        state.initialize(to: SessionState(made))
        guard let handle = HandleTable.shared.insert(UnsafeMutableRawPointer(state), .session) else {
            state.deinitialize(count: 1)
            state.deallocate()
            throw .tooManyHandles
        }
        session.pointee = handle
    }
}

/// Ends a session and its handle. See unet1d.h.
@c @implementation
public func unet1d_session_free(_ session: OpaquePointer?) -> unet1d_status {
    reporting { () throws(Failure) in
        guard let session else { return }
        switch HandleTable.shared.take(session, .session) {
        case .invalid: throw .handle(.session, session)
        case .busy: throw .busy
        case .object(let address, let handle):
            HandleTable.shared.remove(handle)
            let state = address.assumingMemoryBound(to: SessionState.self)
            state.deinitialize(count: 1)
            state.deallocate()
        }
    }
}

/// Prepares for one more shape. See unet1d.h.
@c @implementation
public func unet1d_session_prepare(_ session: OpaquePointer?, _ shape: UnsafePointer<unet1d_shape>?) -> unet1d_status {
    reporting { () throws(Failure) in
        try HandleTable.shared.withSession(session) { state throws(Failure) in
            let shape = try ForwardShape(shape)
            try failing { () throws(UNet1DError) in try state.prepare(shape) }
        }
    }
}

/// Chooses one of the prepared shapes. See unet1d.h.
@c @implementation
public func unet1d_session_select(_ session: OpaquePointer?, _ shape: UnsafePointer<unet1d_shape>?) -> unet1d_status {
    reporting { () throws(Failure) in
        try HandleTable.shared.withSession(session) { state throws(Failure) in
            let shape = try ForwardShape(shape)
            try failing { () throws(UNet1DError) in try state.session.select(shape) }
        }
    }
}

/// The plan of the selected shape. See unet1d.h.
@c @implementation
public func unet1d_session_info(
    _ session: OpaquePointer?, _ info: UnsafeMutablePointer<unet1d_plan_info>?
) -> unet1d_status {
    reporting { () throws(Failure) in
        try HandleTable.shared.withSession(session) { state throws(Failure) in
            try SizedStruct.write(unet1d_plan_info(state.session.plan), to: info, "info")
        }
    }
}

/// What the system gave of workers and memory. See unet1d.h.
@c @implementation
public func unet1d_session_placement(
    _ session: OpaquePointer?, _ placement: UnsafeMutablePointer<unet1d_placement>?
) -> unet1d_status {
    reporting { () throws(Failure) in
        try HandleTable.shared.withSession(session) { state throws(Failure) in
            try SizedStruct.write(
                unet1d_placement(state.session.placement, memoryBytes: state.session.memoryBytes), to: placement,
                "placement")
        }
    }
}
