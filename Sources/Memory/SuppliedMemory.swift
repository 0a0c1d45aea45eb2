/// Memory that a caller brings. Neither mapped, advised, locked nor given back here.
package struct SuppliedMemory: @unchecked Sendable {
    // Sendable unchecked: an address range; a caller that uses the bytes from several threads must order its accesses.

    package let base: UnsafeMutableRawPointer
    /// Bytes from there.
    package let bytes: Int

    /// Takes `memory` if it begins at a multiple of `alignment` and holds `needed` bytes.
    ///
    /// - Throws: `MemoryError.misaligned`, `MemoryError.tooSmall`.
    package init(_ memory: UnsafeMutableRawBufferPointer, needed: Int, alignment: Int) throws(MemoryError) {
        guard let start = memory.baseAddress, memory.count >= needed else {
            throw .tooSmall(bytes: memory.count, expected: needed)
        }
        guard UInt(bitPattern: start) % UInt(alignment) == 0 else {
            throw .misaligned(address: UInt(bitPattern: start), expected: alignment)
        }
        base = start
        bytes = memory.count
    }

    /// Writes zeros to the first `count` bytes, so that later accesses fault none and nothing is read that was never
    /// written.
    package func zero(_ count: Int) { base.initializeMemory(as: UInt8.self, repeating: 0, count: count) }
}
