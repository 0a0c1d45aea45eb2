import KernelArguments

extension Plan {
    /// What a module gave in the last forward, for plans that keep intermediates.
    ///
    /// - Parameters:
    ///   - module: a module's path in diffusers' terms; its result is that of the last operation under it, or of what
    ///     follows an operation.
    ///   - buffers: where each buffer begins.
    /// - Returns: the elements of (batch, channels, length), row-major, and that shape; nil where there is no such
    ///   module.
    package func intermediate(
        of module: String, buffers pointers: [UnsafeMutableRawPointer]
    ) -> (values: [Float], shape: [Int])? {
        let operation = operations.last { operation in
            // A follower that writes a buffer of its own takes statistics.
            let follower = operation.follower.flatMap { $0.call.writes == operation.outputBuffer ? $0.name : nil }
            let names = [operation.name] + [follower].compactMap(\.self)
            return names.contains { $0 == module || $0.hasPrefix(module + ".") }
        }
        guard let operation, let index = operation.outputBuffer, operation.outputShape.count == 3 else { return nil }
        let (batch, length, channels) = (operation.outputShape[0], operation.outputShape[1], operation.outputShape[2])
        let buffer = buffers[index]
        let rowStride = padded(channels)
        let start =
            pointers[index].assumingMemoryBound(to: Float.self) + buffer.positionsBefore * buffer.positionStride
        var values: [Float] = []
        values.reserveCapacity(batch * channels * length)
        for b in 0..<batch {
            for c in 0..<channels {
                for l in 0..<length { values.append(start[l * buffer.positionStride + b * rowStride + c]) }
            }
        }
        return (values, [batch, channels, length])
    }

    /// Elements of the sample.
    public var sampleCount: Int { sampleShape[0] * sampleShape[1] * sampleShape[2] }

    /// Elements of the output.
    public var outputCount: Int { outputShape.reduce(1, *) }
}
