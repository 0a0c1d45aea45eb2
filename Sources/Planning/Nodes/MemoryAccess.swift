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

/// A grid of tiles in which the inner index runs fastest: the tiles of a range, as blocks of whole outer and inner indices.
struct TileBlocks {
    /// At most three: the end of a row, whole rows, the beginning of a row.
    let blocks: [(outer: Range<Int>, inner: Range<Int>)]

    init(_ tiles: Range<Int>, inner: Int) {
        var blocks: [(outer: Range<Int>, inner: Range<Int>)] = []
        var begin = tiles.lowerBound
        let first = begin / inner
        if begin % inner != 0 || tiles.upperBound < (first + 1) * inner {
            let end = min(tiles.upperBound, (first + 1) * inner)
            if begin < end { blocks.append((first..<first + 1, begin - first * inner..<end - first * inner)) }
            begin = end
        }
        let last = tiles.upperBound / inner
        if begin < last * inner {
            blocks.append((begin / inner..<last, 0..<inner))
            begin = last * inner
        }
        if begin < tiles.upperBound { blocks.append((last..<last + 1, 0..<tiles.upperBound - begin)) }
        self.blocks = blocks
    }
}
