/// What an operation does. Each kind is declared beside the code that plans it.
public struct OperationKind: Sendable, Hashable {
    /// Its name in reports.
    public let rawValue: String

    init(_ rawValue: String) { self.rawValue = rawValue }
}

/// What an operation depends on, besides the weights. Operations of a loop's steps that depend on less than the sample need not
/// run at every step.
package enum Phase: Sendable, Hashable {
    /// On the observation alone: on the conditions that the caller brings.
    case observation
    /// On the timestep alone.
    case step
    /// On the sample, or on several.
    case sample
}

extension Plan {
    /// One step of a forward: a kernel over `tileCount` tiles.
    ///
    /// Operations with the same `stage` do not depend on one another; stages run in order.
    public struct Operation: Sendable {
        /// The name of the module in diffusers' terms, for instance `down_blocks.0.resnets.1.conv_1`.
        public let name: String
        /// The kind of the operation.
        public let kind: OperationKind
        /// (batch, length, channels) of what it reads.
        public let inputShape: [Int]
        /// (batch, length, channels) of what it writes.
        public let outputShape: [Int]
        /// The stage that it belongs to, from 0.
        public internal(set) var stage: Int
        /// Units of work that workers claim. Depends on the shape alone, never on the number of workers.
        public let tileCount: Int
        /// Multiply-adds in direct form, taps that meet padding included.
        public let multiplyAdds: Int
        /// Multiply-adds that the chosen algorithm cannot do without: taps that meet padding excluded, transforms not
        /// counted.
        public let products: Int
        /// Why it is computed the way it is, where there was a choice.
        public let reason: String?
        /// What it depends on.
        package let phase: Phase
        /// The kernel, its arguments and its operands.
        let call: KernelCall
        /// Whether it is the first that writes its output buffer, and so has to zero the rows around the positions.
        let zeroesSurroundings: Bool
        /// The blocks that the tiles write; nil where they are none.
        let grid: TileGrid?
        /// The epilogue that runs after each tile, on the same worker.
        var follower: Follower?
    }
}

/// An epilogue: what a worker runs on a tile right after its operation has written it, while it is in the worker's
/// cache. It is the norm, the activation, the sums, or the statistics of the next norm. It reads what it writes or what
/// earlier stages wrote, never another tile of its own stage.
///
/// The kernel's own tiles are those of the operation's grid, a batch element each; the regions of its operands are by
/// tiles of the operation.
struct Follower: Sendable {
    /// The module in diffusers' terms.
    let name: String
    let kind: OperationKind
    let call: KernelCall
    /// Whether it is the first that writes its result's buffer, as in `Plan.Operation`.
    var zeroesSurroundings = false
}

extension Plan.Operation {
    /// The module whose result the epilogue computes, and its kind; nil where there is no epilogue.
    public var followedBy: (name: String, kind: OperationKind)? { follower.map { ($0.name, $0.kind) } }

    /// Compulsory traffic: activations and weights, each once; weights of taps that meet padding alone are not read.
    public var bytesRead: Int {
        (call.operands + followerOperands).reduce(0) { $1.access == .read ? saturatingSum($0, $1.bytes) : $0 }
    }

    /// The bytes of packed weights among `bytesRead`.
    public var weightBytes: Int { call.operands.reduce(0) { $1.isWeight ? $0 + $1.bytes : $0 } }

    /// Activations written.
    public var bytesWritten: Int { call.operands.reduce(0) { $1.access == .written ? $0 + $1.bytes : $0 } }

    /// Scratch that a worker needs for a tile.
    public var scratchBytes: Int { calls.map(\.scratchBytes).reduce(0, max) }

    /// The buffer that it writes, an index into the plan's buffers; nil for the caller's output.
    package var outputBuffer: Int? { call.writes }

    /// What a tile runs: the operation's kernel, then its epilogue's.
    var calls: [KernelCall] { [call] + [follower?.call].compactMap(\.self) }

    /// What the epilogue touches besides the tile that was just written.
    var followerOperands: [Operand] { follower?.call.operands.filter { $0.buffer != outputBuffer } ?? [] }

    /// The buffers that it and its epilogue touch.
    var buffers: [Int] { calls.flatMap(\.operands).compactMap(\.buffer) }

    /// Whether it reads or writes something that the caller brings.
    func touches(_ end: Operand.End) -> Bool { call.operands.contains { $0.place == .caller(end) } }

    /// Whether it, or its epilogue, writes a buffer.
    func writes(_ buffer: Int) -> Bool { calls.contains { $0.writes(buffer) } }
}
