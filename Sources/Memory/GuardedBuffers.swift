import CUNet1DSystem

/// Buffers for tests, each between two guard pages: a read or write past the end is a fault, where buffers side by side
/// would hide it.
///
/// The end of a buffer lies on the guard page as far as 64-byte alignment of its start allows: for sizes that are a
/// multiple of 64 bytes exactly.
package struct GuardedBuffers: ~Copyable, @unchecked Sendable {
    // Sendable unchecked: as MappedMemory, it owns an address range and does not touch what is in it.

    private let mapping: MappedMemory

    /// The first byte of each buffer, 64-byte aligned, zeroed.
    package let buffers: [UnsafeMutableRawPointer]

    /// Maps a buffer for each size.
    ///
    /// - Parameter sizes: bytes of each buffer, 0 or more.
    /// - Throws: `MemoryError`.
    package init(sizes: [Int]) throws(MemoryError) {
        let page = system_page_bytes()
        // Offsets of the guard pages; a buffer ends where all but the first of them begin.
        var guards = [0]
        var total = page
        for size in sizes {
            let bytes = try wholePages(size)
            guard bytes <= Int.max - 2 * page - total else { throw .size(bytes: size) }
            guards.append(total + bytes)
            total += bytes + page
        }
        let mapping = try MappedMemory(bytes: total, options: .init(adviseHugePages: false))
        for offset in guards {
            let refusal = system_guard(mapping.base + offset, page)
            guard refusal == 0 else { throw .mapping(bytes: total, errorNumber: refusal) }
        }
        buffers = zip(sizes, guards.dropFirst()).map { mapping.base + $1 - ($0 + 63) / 64 * 64 }
        self.mapping = mapping
    }
}
