import Arena

/// The pass from stages to memory: from which stage to which each buffer is in use.
enum Lifetimes {
    /// A usage for each buffer.
    ///
    /// - Parameter lasting: buffers that keep their content from forward to forward.
    static func usages(of buffers: [Buffer], by operations: [Plan.Operation], lasting: [Int] = []) -> [BufferUsage] {
        var usages = buffers.map {
            BufferUsage(bytes: $0.totalFloats * MemoryLayout<Float>.stride, first: .max, last: -1)
        }
        for operation in operations {
            for buffer in operation.buffers {
                usages[buffer].first = min(usages[buffer].first, operation.stage)
                usages[buffer].last = max(usages[buffer].last, operation.stage)
            }
        }
        for buffer in lasting {
            usages[buffer].first = 0
            usages[buffer].last = operations.last?.stage ?? 0
        }
        return usages
    }
}
