/// Offsets for buffers in one order of placing them:
/// - among those already placed that are live together with a buffer, find the gaps between them in offset order;
/// - put it into the smallest gap that holds it, or after the last of them.
///
/// Source of the idea: Pisarchyk and Lee, Efficient Memory Management for Deep Neural Net Inference, 2020, "greedy by
/// size for offset calculation", which places the largest first.
struct OffsetAssignment {
    /// The offset of each buffer in bytes; 0 for those of size 0.
    let offsets: [Int]
    /// The end of the last buffer.
    let bytes: Int

    /// - Parameters:
    ///   - sizes: bytes of each buffer, multiples of the alignment.
    ///   - order: a permutation of the buffers' indices, the first to be placed first.
    init(_ usages: [BufferUsage], _ sizes: [Int], order: [Int]) {
        var offsets = [Int](repeating: 0, count: usages.count)
        var placed: [Int] = []
        var end = 0
        for buffer in order where sizes[buffer] > 0 {
            var best: (offset: Int, waste: Int)?
            var cursor = 0
            for other in placed where usages[other].isLive(with: usages[buffer]) {
                let waste = offsets[other] - cursor - sizes[buffer]
                if waste >= 0, best.map({ waste < $0.waste }) ?? true { best = (cursor, waste) }
                cursor = max(cursor, offsets[other] + sizes[other])
            }
            offsets[buffer] = best?.offset ?? cursor
            end = max(end, offsets[buffer] + sizes[buffer])
            let index = placed.firstIndex { offsets[$0] > offsets[buffer] } ?? placed.endIndex
            placed.insert(buffer, at: index)
        }
        self.offsets = offsets
        bytes = end
    }
}
