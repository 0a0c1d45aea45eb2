/// When a buffer of the arena is needed, and how much.
///
/// - `bytes`: size; zero is allowed and takes no room.
/// - `first`, `last`: the first and the last step that touch it, both included. Two buffers whose ranges of steps
///   overlap must not overlap in memory.
package struct BufferUsage: Sendable, Hashable {
    package var bytes: Int
    /// The first step that writes it.
    package var first: Int
    /// The last step that reads or writes it.
    package var last: Int

    package init(bytes: Int, first: Int, last: Int) {
        self.bytes = bytes
        self.first = first
        self.last = last
    }

    /// Whether both are needed at one step at least.
    package func isLive(with other: BufferUsage) -> Bool { first <= other.last && other.first <= last }
}
