import CUNet1D
import UNet1D

/// The most shapes that one call may request; a larger number is a mistake.
private let mostShapes = 4096

/// The calls that sessions of forwards and of gradients have alike.
enum SessionCalls<Made: PreparedSession & ~Copyable> {
    static func create(
        _ model: OpaquePointer?, _ pool: OpaquePointer?, _ shapes: UnsafePointer<unet1d_shape>?, _ count: Int,
        _ options: UnsafePointer<unet1d_session_options>?, _ handle: UnsafeMutablePointer<OpaquePointer?>?
    ) -> unet1d_status {
        reporting {
            let model = try HandleTable.shared.object(model, .model, as: UNet1DModel.self)
            let pool = try HandleTable.shared.object(pool, .pool, as: WorkerPool.self)
            guard let shapes else { throw Failure.argument("shapes", found: "NULL", expected: "one shape or more") }
            guard 1...mostShapes ~= count else {
                throw Failure.argument("shape_count", found: "\(count)", expected: "1 to \(mostShapes)")
            }
            let options = try SessionOptions(options)
            guard let handle else {
                throw Failure.argument("\(Made.kind.name)", found: "NULL", expected: "where to put the handle")
            }
            let wanted = UnsafeBufferPointer(start: shapes, count: count).map { ForwardShape($0) }
            let made = try Made(
                model: model, shapes: wanted, pool: pool, options: options.options, arena: options.arena)
            let state = UnsafeMutablePointer<SessionState<Made>>.allocate(capacity: 1)
            state.initialize(to: SessionState(made))
            do { handle.pointee = try HandleTable.shared.insert(UnsafeMutableRawPointer(state), Made.kind) } catch {
                SessionState<Made>.free(state)
                throw error
            }
        }
    }

    static func free(_ handle: OpaquePointer?) -> unet1d_status {
        reporting {
            if handle == nil { return }
            let taken = try HandleTable.shared.take(handle, Made.kind)
            HandleTable.shared.remove(taken.handle)
            SessionState<Made>.free(taken.object.assumingMemoryBound(to: SessionState<Made>.self))
        }
    }

    static func prepare(_ handle: OpaquePointer?, _ shape: UnsafePointer<unet1d_shape>?) -> unet1d_status {
        reporting {
            try HandleTable.shared.withSession(handle, of: Made.self) { try $0.prepare(ForwardShape(shape)) }
        }
    }

    static func select(_ handle: OpaquePointer?, _ shape: UnsafePointer<unet1d_shape>?) -> unet1d_status {
        reporting {
            try HandleTable.shared.withSession(handle, of: Made.self) { try $0.session.select(ForwardShape(shape)) }
        }
    }

    static func info(_ handle: OpaquePointer?, _ info: UnsafeMutablePointer<unet1d_plan_info>?) -> unet1d_status {
        reporting {
            try HandleTable.shared.withSession(handle, of: Made.self) {
                try SizedStruct.write($0.session.planInfo, to: info, "info")
            }
        }
    }
}
