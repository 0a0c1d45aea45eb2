import CUNet1D
import UNet1D

/// What sessions of forwards and of gradients have in common.
protocol PreparedSession: ~Copyable {
    static var kind: HandleKind { get }

    init(
        model: UNet1DModel, shapes: [ForwardShape], pool: WorkerPool, options: Session.Options,
        arena: UnsafeMutableRawBufferPointer?
    ) throws(UNet1DError)

    var shapes: [ForwardShape] { get }
    var counts: (sample: Int, output: Int, timesteps: Int) { get }
    var planInfo: unet1d_plan_info { get }
    mutating func prepare(_ shape: ForwardShape) throws(UNet1DError)
    mutating func select(_ shape: ForwardShape) throws(UNet1DError)
    /// Elements of the observation that the selected shape reads.
    var conditionCounts: (global: Int, local: Int) { get }
    var isConditioned: Bool { get }
    mutating func setCondition(uncheckedGlobal: UnsafePointer<Float>?, local: UnsafePointer<Float>?)
}

extension Session: PreparedSession {
    static var kind: HandleKind { .session }
    var planInfo: unet1d_plan_info { unet1d_plan_info(plan) }
}

extension GradientSession: PreparedSession {
    static var kind: HandleKind { .gradient }
    var planInfo: unet1d_plan_info { unet1d_plan_info(plan) }
}

/// A session and where its timesteps are converted. In memory of its own: an object would be counted, and access to it
/// checked, in every forward.
struct SessionState<Made: PreparedSession & ~Copyable>: ~Copyable {
    var session: Made
    /// Room for the timesteps of the prepared shape that has most of them.
    private(set) var timesteps: UnsafeMutableBufferPointer<Double>

    init(_ session: consuming Made) {
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

    private static func mostTimesteps(_ session: borrowing Made) -> Int {
        session.shapes.reduce(1) { max($0, $1.timesteps) }
    }
}

extension HandleTable {
    /// Runs a call on a session that no other call uses meanwhile.
    func withSession<Made: PreparedSession & ~Copyable>(
        _ pointer: OpaquePointer?, of _: Made.Type, _ body: (inout SessionState<Made>) throws -> Void
    ) throws {
        try with(pointer, Made.kind, body)
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
