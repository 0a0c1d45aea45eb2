extension OperationBuilder {
    /// The operation that writes all of x and that something may follow which also reads the buffers `reads`: they must
    /// be complete before its stage, and nothing may have read x since. Nil where there is none.
    func producer(of x: Value, reading reads: [Int]) -> Int? {
        guard x.firstChannel == 0, x.rowStride == x.paddedChannels, let index = latestWriters[x.buffer],
            latestReaders[x.buffer] ?? 0 <= index, operations[index].outputBuffer == x.buffer,
            operations[index].grid != nil, operations[index].follower == nil, operations[index].phase == phase
        else { return nil }
        // Stages follow the order of operations.
        let stage = operations[index].stage
        let areComplete = reads.allSatisfy { buffer in
            latestWriters[buffer].map { operations[$0].stage < stage } ?? true
        }
        return areComplete ? index : nil
    }
}
