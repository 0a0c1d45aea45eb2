/// Offsets for buffers with known lifetimes, so that buffers that are never live together share memory.
///
/// The best of several greedy assignments (`OffsetAssignment`), which differ in the order in which buffers are placed:
/// - by size, by lifetime, by both together, and by the step of their birth;
/// - then, from the best of these on, with a buffer that reaches the high-water mark moved to the front, again and
///   again: the peak is placed first and the others find room around it.
///
/// Stops as soon as the lower bound is reached. The result depends on the records alone.
package struct ArenaLayout: Sendable, Hashable {
    /// The offset of each buffer in bytes, a multiple of `alignment`.
    package let offsets: [Int]
    /// The bytes of the whole arena: the high-water mark.
    package let bytes: Int
    /// The largest sum of the bytes that are live at one step: no layout can do with less.
    package let lowerBoundBytes: Int

    /// Every buffer begins at a multiple of this many bytes: a cache line and the widest vector.
    package static let alignment = 64

    /// Lays out buffers.
    ///
    /// - Complexity: O(n²) comparisons for n buffers, for each of up to 70 assignments.
    package init(_ usages: [BufferUsage]) {
        let sizes = usages.map { ($0.bytes + Self.alignment - 1) / Self.alignment * Self.alignment }
        let lowerBound = Self.lowerBound(usages, sizes)
        let assignment = Self.best(usages, sizes, lowerBound: lowerBound)
        offsets = assignment.offsets
        bytes = assignment.bytes
        lowerBoundBytes = lowerBound
    }

    /// The most assignments that are tried with a buffer moved to the front.
    private static let moves = 64

    private static func best(_ usages: [BufferUsage], _ sizes: [Int], lowerBound: Int) -> OffsetAssignment {
        var order = Array(usages.indices)
        var best = OffsetAssignment(usages, sizes, order: order)
        for keys in keys(usages, sizes) where best.bytes > lowerBound {
            let next = usages.indices.sorted { keys[$0] != keys[$1] ? keys[$0] > keys[$1] : $0 < $1 }
            let assignment = OffsetAssignment(usages, sizes, order: next)
            if assignment.bytes < best.bytes { (best, order) = (assignment, next) }
        }
        var current = best
        for _ in 0..<moves where best.bytes > lowerBound {
            // The last in the order that reaches the mark: the one that found no better place.
            guard let place = order.lastIndex(where: { current.offsets[$0] + sizes[$0] == current.bytes }), place > 0
            else { break }
            order.insert(order.remove(at: place), at: 0)
            current = OffsetAssignment(usages, sizes, order: order)
            if current.bytes < best.bytes { best = current }
        }
        return best
    }

    /// The key by which each order sorts, descending.
    private static func keys(_ usages: [BufferUsage], _ sizes: [Int]) -> [[Double]] {
        let lives = usages.map { Double($0.last - $0.first + 1) }
        return [
            sizes.map(Double.init),
            zip(sizes, lives).map { Double($0) * $1 },
            lives,
            usages.map { -Double($0.first) },
            usages.map { Double($0.last) },
        ]
    }

    private static func lowerBound(_ usages: [BufferUsage], _ sizes: [Int]) -> Int {
        guard let steps = usages.map(\.last).max() else { return 0 }
        var change = [Int](repeating: 0, count: steps + 2)
        for (usage, size) in zip(usages, sizes) {
            change[usage.first] += size
            change[usage.last + 1] -= size
        }
        var live = 0
        var largest = 0
        for step in change {
            live += step
            largest = max(largest, live)
        }
        return largest
    }

    /// Pairs of buffers that are live together and overlap in memory; empty for every layout made here.
    package func overlaps(_ usages: [BufferUsage]) -> [(Int, Int)] {
        var result: [(Int, Int)] = []
        for a in usages.indices where usages[a].bytes > 0 {
            for b in usages.indices where b > a && usages[b].bytes > 0 && usages[a].isLive(with: usages[b]) {
                if offsets[a] < offsets[b] + usages[b].bytes && offsets[b] < offsets[a] + usages[a].bytes {
                    result.append((a, b))
                }
            }
        }
        return result
    }
}
