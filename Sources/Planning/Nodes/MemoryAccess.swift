/// Bytes that tiles of an operation touch: `count` blocks of `bytes`, `stride` apart.
struct MemoryAccess: Sendable, Equatable {
    /// What kind of memory, and what is done to it.
    enum Target: Sendable, Hashable {
        case read(buffer: Int)
        case written(buffer: Int)
        case weights(index: Int)
    }

    var target: Target
    /// The offset from the first byte of the buffer, with its halo, or of the packed weight.
    var start: Int
    var bytes: Int
    var stride = 0
    var count = 1
    /// The fraction of a block's bytes that is touched.
    var share = 1.0

    /// Bytes that are touched.
    var touched: Double { Double(bytes) * Double(count) * share }
}
