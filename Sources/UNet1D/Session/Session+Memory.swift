extension Session {
    /// Bytes of the arena, which prepared shapes share, and of all workers' scratch; without memory that the caller
    /// brought. `placement` reports which requests for this memory the system granted.
    public var memoryBytes: Int { memory.bytes }
}
