import CUNet1DSystem

/// One mapping, given back when the value ends: of zeros, or of a file.
///
/// Huge pages and locking are requests: a refusal is recorded, and the memory works without them.
package struct MappedMemory: ~Copyable, @unchecked Sendable {
    // Sendable unchecked: the value owns an address range and never reads or writes through it but in `touch`; a caller
    // that uses the bytes from several threads must order its accesses.

    /// What to request besides the bytes.
    package struct Options: Sendable, Equatable {
        /// Request transparent huge pages.
        package var adviseHugePages: Bool
        /// Keep the pages in memory (mlock), which also faults them in.
        package var lock: Bool

        /// - Parameters:
        ///   - adviseHugePages: request transparent huge pages.
        ///   - lock: keep the pages in memory.
        package init(adviseHugePages: Bool = true, lock: Bool = false) {
            self.adviseHugePages = adviseHugePages
            self.lock = lock
        }
    }

    /// The requests that the system granted.
    package struct Granted: Sendable, Equatable {
        /// Huge pages were requested, and the system accepted the advice.
        package let hugePagesAdvised: Bool
        /// The error number with which huge pages were refused, 0 if they were not.
        package let hugePagesRefusal: Int32
        package let locked: Bool
        /// The error number with which locking was refused, 0 if it was not.
        package let lockRefusal: Int32
    }

    /// The first byte, on a page boundary.
    package let base: UnsafeMutableRawPointer

    /// The mapped bytes: the requested ones, rounded up to whole pages; at least one page.
    package let bytes: Int

    package let granted: Granted

    /// Maps memory. Enters the kernel; with `lock` it also faults every page in.
    ///
    /// - Parameters:
    ///   - requested: bytes, 0 or more.
    ///   - options: requests that the system may refuse.
    ///   - place: called with the first byte while no page is in memory yet: binds them to nodes.
    /// - Throws: `MemoryError` if the size makes no sense or the system refuses.
    package init(
        bytes requested: Int, options: Options = Options(), place: (UnsafeMutableRawPointer) -> Void = { _ in }
    ) throws(MemoryError) {
        let rounded = try wholePages(requested)
        var mapped: UnsafeMutableRawPointer?
        let refusal = system_map(rounded, &mapped)
        guard refusal == 0, let mapped else { throw .mapping(bytes: requested, errorNumber: refusal) }
        let hugePages = options.adviseHugePages ? system_advise_huge_pages(mapped, rounded) : 0
        place(mapped)
        let lock = options.lock ? system_lock(mapped, rounded) : 0
        base = mapped
        bytes = rounded
        granted = Granted(
            hugePagesAdvised: options.adviseHugePages && hugePages == 0, hugePagesRefusal: hugePages,
            locked: options.lock && lock == 0, lockRefusal: lock)
    }

    /// Maps small memory that forwards read besides arena, scratch and weights, and touches it, without other requests.
    ///
    /// - Throws: what the other initialiser throws.
    package init(touchedBytes requested: Int) throws(MemoryError) {
        try self.init(bytes: requested, options: Options(adviseHugePages: false))
        touch()
    }

    /// Takes a mapping over, of whole pages.
    init(base: UnsafeMutableRawPointer, bytes: Int) {
        self.base = base
        self.bytes = bytes
        granted = Granted(hugePagesAdvised: false, hugePagesRefusal: 0, locked: false, lockRefusal: 0)
    }

    deinit { _ = system_unmap(base, bytes) }

    /// Writes one zero byte in each page, so that later accesses cause no fault, and keeps the sizes of the pages. For
    /// memory that holds nothing yet.
    package func touch() {
        for offset in stride(from: 0, to: bytes, by: system_page_bytes()) {
            (base + offset).storeBytes(of: 0, as: UInt8.self)
        }
        keepPageSizes()
    }

    /// Keeps small pages small after all of them have been written. Otherwise Linux (khugepaged) may collapse them into
    /// huge ones at any time, first where mappings lie side by side, and a forward that uses them meanwhile faults.
    package func keepPageSizes() { _ = system_keep_page_sizes(base, bytes) }
}

/// Rounds up to whole pages, at least one.
package func wholePages(_ bytes: Int) throws(MemoryError) -> Int {
    let page = system_page_bytes()
    let (padded, overflow) = bytes.addingReportingOverflow(page - 1)
    guard bytes >= 0, !overflow else { throw .size(bytes: bytes) }
    return max(page, padded / page * page)
}
