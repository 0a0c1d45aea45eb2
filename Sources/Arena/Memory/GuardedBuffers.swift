import CUNet1DSystem

/// Buffers for tests, each in a mapping of its own that ends at a guard page: a read or write past the end is a fault,
/// where one mapping for all would hide it.
///
/// The end of a buffer lies on the guard page as far as 64-byte alignment of its start allows: for sizes that are a
/// multiple of 64 bytes exactly. Another guard page lies before the mapping.
package struct GuardedBuffers: ~Copyable, @unchecked Sendable {
    // Sendable unchecked: as MappedMemory, it owns address ranges and does not touch what is in them.

    private let mappings: [(base: UnsafeMutableRawPointer, bytes: Int)]

    /// The first byte of each buffer, 64-byte aligned, zeroed.
    package let buffers: [UnsafeMutableRawPointer]

    /// Maps a buffer for each size.
    ///
    /// - Parameter sizes: bytes of each buffer, 0 or more.
    /// - Throws: `ArenaError`; what had been mapped is given back.
    package init(sizes: [Int]) throws(ArenaError) {
        var mappings: [(base: UnsafeMutableRawPointer, bytes: Int)] = []
        var buffers: [UnsafeMutableRawPointer] = []
        do throws(ArenaError) {
            for size in sizes {
                let (mapping, buffer) = try Self.map(size)
                mappings.append(mapping)
                buffers.append(buffer)
            }
        } catch {
            for mapping in mappings { _ = system_unmap(mapping.base, mapping.bytes) }
            throw error
        }
        self.mappings = mappings
        self.buffers = buffers
    }

    deinit { for mapping in mappings { _ = system_unmap(mapping.base, mapping.bytes) } }

    private static func map(
        _ size: Int
    ) throws(ArenaError) -> ((base: UnsafeMutableRawPointer, bytes: Int), UnsafeMutableRawPointer) {
        let page = system_page_bytes()
        let inner = try wholePages(size)
        guard inner <= Int.max - 2 * page else { throw .size(bytes: size) }
        let bytes = inner + 2 * page
        var mapped: UnsafeMutableRawPointer?
        var refusal = system_map(bytes, &mapped)
        guard refusal == 0, let base = mapped else { throw .mapping(bytes: size, errorNumber: refusal) }
        let end = base + page + inner
        refusal = system_guard(base, page)
        if refusal == 0 { refusal = system_guard(end, page) }
        guard refusal == 0 else {
            _ = system_unmap(base, bytes)
            throw .mapping(bytes: size, errorNumber: refusal)
        }
        return ((base, bytes), end - (size + 63) / 64 * 64)
    }
}
