import Memory

// The memory of a session, and which requests for it the system granted.

extension Session {
    /// Bytes of the arena, which prepared shapes share, and of all workers' scratch; without memory that the caller
    /// brought.
    public var memoryBytes: Int { memory.bytes }

    /// Whether this memory is locked. It is locked only if `Options.lockMemory` requests it.
    public var memoryLocked: Bool { memory.granted.locked }

    /// The error number with which the system refused to lock it; 0: it did not.
    public var memoryLockRefusal: Int32 { memory.granted.lockRefusal }

    /// Whether the system accepted the request for huge pages. `hugePageBytes` tells how much it granted.
    public var hugePagesAdvised: Bool { memory.granted.hugePagesAdvised }

    /// Bytes of the session's memory that are in huge pages now; nil where the system does not tell. Reads /proc;
    /// allocates.
    public func hugePageBytes() -> Int? { memory.hugePageBytes() }
}
