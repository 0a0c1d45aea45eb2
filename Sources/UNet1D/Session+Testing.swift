import Planning

// What the tests look at inside a session.

extension Session {
    /// Fills arena and scratch with NaN (all ones): a forward must write whatever it reads.
    package mutating func poison() { memory.fill(with: 0xFF) }

    /// What a module gave in the last forward, (batch, channels, length), for plans that keep intermediates.
    package func intermediate(of module: String) -> (values: [Float], shape: [Int])? {
        plan.intermediate(of: module, buffers: memory.buffers[selected])
    }
}
