/// What a range of tiles of one operation touches in the arena and among the packed weights, as its operands' regions
/// say. The caller's sample and output are not counted, nor what a follower reads and writes of the tile that was just
/// written.
struct AccessWalk {
    private(set) var accesses: [MemoryAccess] = []

    /// - Parameter tiles: a range of the operation's tiles.
    init(_ plan: Plan, _ operation: Plan.Operation, tiles: Range<Int>) {
        guard !tiles.isEmpty else { return }
        for operand in operation.call.operands + operation.followerOperands {
            for span in operand.region.spans(tiles) where span.count > 0 && span.bytes > 0 {
                accesses.append(MemoryAccess(operand, span, in: plan))
            }
        }
    }
}

extension MemoryAccess {
    /// A span of an operand. Blocks that lie closer than pages become one, gaps included, of which a share is touched.
    fileprivate init(_ operand: Operand, _ span: Span, in plan: Plan) {
        let size: Int
        let begin: Int
        switch operand.place {
        case .activation(let location):
            let buffer = plan.buffers[location.buffer]
            target = operand.access == .read ? .read(buffer: location.buffer) : .written(buffer: location.buffer)
            begin = 4 * (buffer.positionsBefore * buffer.positionStride + location.offset)
            size = 4 * buffer.totalFloats
        case .weight(let index):
            target = .weights(index: index)
            begin = 0
            size = plan.weights[index].bytes
        case .caller: preconditionFailure("the caller's memory has no region")
        }
        start = begin + span.start
        bytes = span.bytes
        share = span.share
        if span.count > 1 && span.stride < 4096 || span.stride == span.bytes {
            bytes = span.count * max(span.stride, span.bytes)
            share *= min(1, Double(span.bytes) / Double(max(1, span.stride)))
        } else {
            stride = span.stride
            count = span.count
        }
        // The gap after the last block may lie past the buffer.
        let room = size - start - (count - 1) * stride
        if bytes > room, room > 0 {
            share *= Double(bytes) / Double(room)
            bytes = room
        }
    }
}
