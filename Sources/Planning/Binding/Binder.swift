import CKernels

/// Turns places into pointers.
struct Binder {
    let plan: Plan
    let buffers: [UnsafeMutableRawPointer]
    let weights: [UnsafeRawPointer]

    func pointer(_ location: Location) -> UnsafeMutablePointer<Float> {
        let buffer = plan.buffers[location.buffer]
        return buffers[location.buffer].assumingMemoryBound(to: Float.self)
            + (buffer.positionsBefore * buffer.positionStride + location.offset)
    }

    func read(_ location: Location) -> UnsafePointer<Float> { UnsafePointer(pointer(location)) }

    func read(_ location: Location?) -> UnsafePointer<Float>? { location.map { read($0) } }

    func weight(_ index: Int) -> UnsafePointer<Float> { weights[index].assumingMemoryBound(to: Float.self) }

    func weight(_ index: Int?) -> UnsafePointer<Float>? { index.map { weight($0) } }

    func setSurroundings(of index: Int, _ operation: inout BoundOperation) {
        let buffer = plan.buffers[index]
        let start = buffers[index].assumingMemoryBound(to: Float.self)
        operation.beforeCount = buffer.positionsBefore * buffer.positionStride
        operation.before = operation.beforeCount > 0 ? start : nil
        operation.behindCount = buffer.positionsBehind * buffer.positionStride
        operation.behind = operation.behindCount > 0 ? start + operation.beforeCount + buffer.floats : nil
    }

    /// Writes the arguments with their pointers; the kernel that takes them.
    func bind(_ work: Work, to memory: UnsafeMutableRawPointer) -> kernel_function {
        let table = plan.implementation.table
        switch work {
        case .gather(var arguments, let embedding, let y):
            arguments.embedding = read(embedding)
            arguments.y = pointer(y)
            memory.initializeMemory(as: gather_arguments.self, to: arguments)
            return table.gather
        case .embedding(var arguments, let frequencies, let timesteps, let y):
            arguments.frequencies = weights[frequencies].assumingMemoryBound(to: Double.self)
            arguments.timesteps = UnsafeRawPointer(pointer(timesteps)).assumingMemoryBound(to: Double.self)
            arguments.y = pointer(y)
            memory.initializeMemory(as: embedding_arguments.self, to: arguments)
            return table.embedding
        case .convolution(var arguments, let first, let second, let weights, let bias, let y):
            arguments.source.0.x = read(first)
            arguments.source.1.x = read(second)
            arguments.weights = weight(weights)
            arguments.bias = weight(bias)
            arguments.y = pointer(y)
            memory.initializeMemory(as: convolution_arguments.self, to: arguments)
            return table.convolution
        case .winograd(var arguments, let first, let second, let weights, let bias, let y):
            arguments.x.0 = read(first)
            arguments.x.1 = read(second)
            arguments.weights = weight(weights)
            arguments.bias = weight(bias)
            arguments.y = pointer(y)
            memory.initializeMemory(as: winograd_arguments.self, to: arguments)
            return table.winograd
        case .statistics(var arguments, let x, let partials):
            arguments.x = read(x)
            arguments.partials = UnsafeMutableRawPointer(pointer(partials)).assumingMemoryBound(to: Double.self)
            memory.initializeMemory(as: statistics_arguments.self, to: arguments)
            return table.statistics
        case .merge(var arguments, let partials, let merged):
            arguments.partials = UnsafeRawPointer(pointer(partials)).assumingMemoryBound(to: Double.self)
            arguments.merged = UnsafeMutableRawPointer(pointer(merged)).assumingMemoryBound(to: Double.self)
            memory.initializeMemory(as: merge_arguments.self, to: arguments)
            return table.merge
        case .combine(var arguments, let x, let residual, let bias, let gain, let shift, let partials, let y):
            arguments.x = read(x)
            arguments.residual = read(residual)
            arguments.bias = read(bias)
            arguments.gain = weight(gain)
            arguments.shift = weight(shift)
            arguments.partials = partials.map { UnsafeRawPointer(pointer($0)).assumingMemoryBound(to: Double.self) }
            arguments.y = pointer(y)
            memory.initializeMemory(as: combine_arguments.self, to: arguments)
            return table.combine
        case .downsample(var arguments, let x, let taps, let y), .upsample(var arguments, let x, let taps, let y):
            arguments.x = read(x)
            arguments.taps = weight(taps)
            arguments.y = pointer(y)
            memory.initializeMemory(as: resample_arguments.self, to: arguments)
            if case .downsample = work { return table.downsample }
            return table.upsample
        case .transposeKeys(var arguments, let k, let y):
            arguments.k = read(k)
            arguments.y = pointer(y)
            memory.initializeMemory(as: transpose_keys_arguments.self, to: arguments)
            return table.transpose_keys
        case .attention(var arguments, let q, let keys, let v, let y):
            arguments.q = read(q)
            arguments.keys = read(keys)
            arguments.v = read(v)
            arguments.y = pointer(y)
            memory.initializeMemory(as: attention_arguments.self, to: arguments)
            return table.attention
        case .flatten(var arguments, let x, let embedding, let y):
            arguments.x = read(x)
            arguments.embedding = read(embedding)
            arguments.y = pointer(y)
            memory.initializeMemory(as: flatten_arguments.self, to: arguments)
            return table.flatten
        case .scatter(var arguments, let x):
            arguments.x = read(x)
            memory.initializeMemory(as: scatter_arguments.self, to: arguments)
            return table.scatter
        }
    }
}
