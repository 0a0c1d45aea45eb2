/// When a buffer of the arena is needed, and how much.
///
/// - `bytes`: size; zero is allowed and takes no room.
/// - `first`, `last`: the first and the last step that touch it, both included. Two buffers whose ranges of steps
///   overlap must not overlap in memory.
public struct BufferUsage: Sendable, Hashable {
    /// Size in bytes.
    public var bytes: Int
    /// The first step that writes it.
    public var first: Int
    /// The last step that reads or writes it.
    public var last: Int

    /// A usage record.
    public init(bytes: Int, first: Int, last: Int) {
        self.bytes = bytes
        self.first = first
        self.last = last
    }

    /// Whether both are needed at one step at least.
    public func isLive(with other: BufferUsage) -> Bool { first <= other.last && other.first <= last }
}
