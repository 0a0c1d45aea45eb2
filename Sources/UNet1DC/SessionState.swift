import CUNet1D
import UNet1D

/// A session and where its timesteps are converted. In memory of its own: an object would be counted, and access to it
/// checked, in every forward.
struct SessionState: ~Copyable {
    /// The most shapes that one call may request; a larger number is a mistake.
    static let mostShapes = 4096

    var session: Session
    /// Room for the timesteps of the prepared shape that has most of them.
    private(set) var timesteps: UnsafeMutableBufferPointer<Double>

    init(_ session: consuming Session) {
        timesteps = .allocate(capacity: Self.mostTimesteps(session))
        self.session = session
    }

    deinit { timesteps.deallocate() }

    /// Ends a state that has memory of its own.
    static func free(_ state: UnsafeMutablePointer<SessionState>) {
        state.deinitialize(count: 1)
        state.deallocate()
    }

    /// Prepares for another shape.
    mutating func prepare(_ shape: ForwardShape) throws(UNet1DError) {
        try session.prepare(shape)
        timesteps.deallocate()
        timesteps = .allocate(capacity: Self.mostTimesteps(session))
    }

    private static func mostTimesteps(_ session: borrowing Session) -> Int {
        session.shapes.reduce(1) { max($0, $1.timesteps) }
    }
}

extension HandleTable {
    /// Runs a call on a session that no other call uses meanwhile.
    func withSession(_ pointer: OpaquePointer?, _ body: (inout SessionState) throws -> Void) throws {
        try with(pointer, .session, body)
    }

    /// Runs a call on a state that no other call uses meanwhile.
    func with<State: ~Copyable>(
        _ pointer: OpaquePointer?, _ kind: HandleKind, _ body: (inout State) throws -> Void
    ) throws {
        let taken = try take(pointer, kind)
        defer { giveBack(taken.handle) }
        try body(&taken.object.assumingMemoryBound(to: State.self).pointee)
    }
}
