import Arena

// What a session holds, and what the system granted of what was asked for it.

extension Session {
    /// Bytes of the arena, which prepared shapes share, and of all workers' scratch; without memory that the caller brought.
    public var memoryBytes: Int { memory.bytes }

    /// Whether that memory is locked, where it was asked for.
    public var memoryLocked: Bool { memory.granted.locked }

    /// The error number with which the system refused to lock it; 0: it did not.
    public var memoryLockRefusal: Int32 { memory.granted.lockRefusal }

    /// Whether the system took note of the wish for huge pages. It grants them where it can: see `hugePageBytes`.
    public var hugePagesAdvised: Bool { memory.granted.hugePagesAdvised }

    /// Bytes of the session's memory that are in huge pages now; nil where the system does not tell. Reads /proc; allocates.
    public func hugePageBytes() -> Int? { memory.hugePageBytes() }
}
