/// Memory that a caller brings. Neither mapped, advised, locked nor given back here.
package struct SuppliedMemory: @unchecked Sendable {
    // Sendable unchecked: an address range; a caller that uses the bytes from several threads must order its accesses.

    package let base: UnsafeMutableRawPointer
    /// Bytes from there.
    package let bytes: Int

    /// Takes `memory` if it begins at a multiple of `ArenaLayout.alignment` and holds `needed` bytes.
    ///
    /// - Throws: `ArenaError.misaligned`, `ArenaError.tooSmall`.
    package init(_ memory: UnsafeMutableRawBufferPointer, needed: Int) throws(ArenaError) {
        guard let start = memory.baseAddress, memory.count >= needed else {
            throw .tooSmall(bytes: memory.count, expected: needed)
        }
        guard UInt(bitPattern: start) % UInt(ArenaLayout.alignment) == 0 else {
            throw .misaligned(address: UInt(bitPattern: start), expected: ArenaLayout.alignment)
        }
        base = start
        bytes = memory.count
    }

    /// Writes zeros to the first `count` bytes, so that later accesses fault none and nothing is read that was never
    /// written.
    package func zero(_ count: Int) { base.initializeMemory(as: UInt8.self, repeating: 0, count: count) }
}
