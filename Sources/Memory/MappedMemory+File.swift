import CUNet1DSystem

extension MappedMemory {
    /// What a mapping of a file is for.
    package enum Access: Sendable {
        /// Reading, with all of its pages in memory.
        case reading
        /// Filling a file that has room for every byte.
        case writing
    }

    /// Maps a file from its first byte, shared with every process that does. Enters the kernel; for reading it also waits for
    /// every page. The descriptor may be closed afterwards.
    ///
    /// - Parameters:
    ///   - descriptor: an open file of `requested` bytes.
    ///   - requested: bytes, 1 or more. What lies behind them in the last page is zero.
    ///   - access: writing to a mapping for reading is a fault.
    /// - Throws: `MemoryError` if the size makes no sense or the system refuses.
    package init(file descriptor: Int32, bytes requested: Int, for access: Access) throws(MemoryError) {
        let rounded = try wholePages(requested)
        var mapped: UnsafeMutableRawPointer?
        let refusal = system_map_file(descriptor, rounded, access == .writing, &mapped)
        guard refusal == 0, let mapped else { throw .mapping(bytes: requested, errorNumber: refusal) }
        self.init(base: mapped, bytes: rounded)
        if access == .reading { keepPageSizes() }
    }
}
