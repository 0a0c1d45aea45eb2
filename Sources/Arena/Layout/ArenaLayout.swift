/// Offsets for buffers with known lifetimes, so that buffers that are never live together share memory.
///
/// The algorithm is offset assignment by size:
/// - take the buffers from the largest to the smallest (ties: the earlier first);
/// - among those already placed that are live together with it, find the gaps between them in offset order;
/// - put it into the smallest gap that holds it, or behind the last of them.
///
/// The result depends on the records alone. Source of the idea: Pisarchyk and Lee, Efficient Memory Management for Deep
/// Neural Net Inference, 2020, "greedy by size for offset calculation".
public struct ArenaLayout: Sendable, Hashable {
    /// The offset of each buffer in bytes, a multiple of `alignment`.
    public let offsets: [Int]
    /// Bytes of the whole: the high-water mark.
    public let bytes: Int
    /// The largest sum of the bytes that are live at one step: no layout can do with less.
    public let lowerBoundBytes: Int

    /// Every buffer begins at a multiple of so many bytes: a cache line and the widest vector.
    public static let alignment = 64

    /// Lays out buffers.
    ///
    /// - Complexity: O(n²) comparisons for n buffers.
    public init(_ usages: [BufferUsage]) {
        let sizes = usages.map { ($0.bytes + Self.alignment - 1) / Self.alignment * Self.alignment }
        let order = usages.indices.sorted { sizes[$0] != sizes[$1] ? sizes[$0] > sizes[$1] : $0 < $1 }
        var offsets = [Int](repeating: 0, count: usages.count)
        var placed: [Int] = []
        var end = 0
        for buffer in order where sizes[buffer] > 0 {
            var best: (offset: Int, waste: Int)?
            var cursor = 0
            for other in placed where usages[other].isLive(with: usages[buffer]) {
                let gap = offsets[other] - cursor
                if gap >= sizes[buffer], best.map({ gap - sizes[buffer] < $0.waste }) ?? true {
                    best = (cursor, gap - sizes[buffer])
                }
                cursor = max(cursor, offsets[other] + sizes[other])
            }
            offsets[buffer] = best?.offset ?? cursor
            end = max(end, offsets[buffer] + sizes[buffer])
            let index = placed.firstIndex { offsets[$0] > offsets[buffer] } ?? placed.endIndex
            placed.insert(buffer, at: index)
        }
        self.offsets = offsets
        self.bytes = end
        self.lowerBoundBytes = Self.lowerBound(usages, sizes)
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
    public func overlaps(_ usages: [BufferUsage]) -> [(Int, Int)] {
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
