extension OperationBuilder {
    /// The operation that writes all of x and that something may follow which also reads the buffers `reads`: they must
    /// be complete before its stage, and nothing may have read x since. Nil where there is none.
    func producer(of x: Value, reading reads: [Int]) -> Int? {
        guard x.firstChannel == 0, x.rowStride == x.paddedChannels,
            let index = operations.lastIndex(where: { $0.writes(x.buffer) })
        else { return nil }
        let operation = operations[index]
        guard operation.outputBuffer == x.buffer, operation.grid != nil, operation.follower == nil,
            operations[(index + 1)...].allSatisfy({ $0.calls.allSatisfy { !$0.reads.contains(x.buffer) } }),
            reads.allSatisfy({ buffer in
                operations.allSatisfy { !$0.writes(buffer) || $0.stage < operation.stage }
            })
        else { return nil }
        return index
    }

    /// Lets `follower` follow an operation.
    mutating func follow(_ producer: Int, _ follower: Follower) {
        var follower = follower
        follower.zeroesSurroundings = isFirstToWrite(follower.call)
        operations[producer].follower = follower
    }
}
