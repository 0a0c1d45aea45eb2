import Planning

// What the tests look at inside a session.

extension Session {
    /// Fills arena and scratch with NaN (all ones): a forward must write whatever it reads.
    package mutating func poison() {
        memory.fill(with: 0xFF)
        (latestWhole, conditioned) = (nil, nil)
    }

    /// What a module gave in the last forward, (batch, channels, length), for plans that keep intermediates.
    package func intermediate(of module: String) -> (values: [Float], shape: [Int])? {
        plan.intermediate(of: module, buffers: memory.buffers[selected])
    }

    /// Where arena, scratch and packed weights lie.
    package func memoryRegions() throws(UNet1DError) -> MemoryRegions {
        MemoryRegions(
            arena: UnsafeRawBufferPointer(
                start: memory.scratch - memory.mappedArenaBytes, count: memory.mappedArenaBytes),
            scratch: (0..<pool.workers).map {
                UnsafeRawBufferPointer(start: memory.scratch + $0 * memory.scratchStride, count: memory.scratchStride)
            },
            plan: plan, pointers: try preparation.model.weights(plan, preparation.nodes),
            copies: preparation.nodes.copies(workers: pool.workers))
    }
}

/// Addresses of a session's memory, for tests that ask where it lies.
package struct MemoryRegions {
    package let arena: UnsafeRawBufferPointer
    /// A slab a worker.
    package let scratch: [UnsafeRawBufferPointer]
    fileprivate let plan: Plan
    fileprivate let pointers: [[UnsafeRawPointer]]
    fileprivate let copies: [Int]

    /// The packed weights that a worker reads.
    package func weights(_ worker: Int) -> [UnsafeRawBufferPointer] {
        zip(pointers[copies[worker]], plan.weights).map { UnsafeRawBufferPointer(start: $0, count: $1.bytes) }
    }
}
