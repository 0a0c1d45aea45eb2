/// What a file of shared weights begins with: 64 bytes, eight words, of which the last is the checksum of the others. The packed
/// weights follow, on a multiple of 64 bytes.
struct SharedWeightHeader {
    /// Bytes of the header.
    static let bytes = 64
    /// "unet1d w" and the version of this header.
    private static let magic: UInt64 = 0x7720_6431_7465_6e75

    /// What the file is said to hold: the group and the name.
    let group: UInt64
    let name: UInt64
    /// The bytes of the packed weights, a multiple of 64.
    let count: Int

    /// Writes the header of the packed weights that lie behind it.
    func write(to file: UnsafeMutableRawPointer) {
        let words = words(checksum: WeightChecksum.of(file + Self.bytes, count: count))
        for (index, word) in words.enumerated() {
            file.storeBytes(of: word, toByteOffset: 8 * index, as: UInt64.self)
        }
    }

    /// Whether a file of the right size is one with this header, and holds what was written. Reads all of it.
    func isOf(_ file: UnsafeRawPointer) -> Bool {
        let found = (0..<8).map { file.load(fromByteOffset: 8 * $0, as: UInt64.self) }
        return found == words(checksum: found[4]) && found[4] == WeightChecksum.of(file + Self.bytes, count: count)
    }

    private func words(checksum: UInt64) -> [UInt64] {
        var words = [Self.magic, group, name, UInt64(count), checksum, 0, 0]
        words.append(words.withUnsafeBytes { WeightChecksum.of($0.baseAddress.unsafelyUnwrapped, count: $0.count) })
        return words
    }
}

/// Tells whether bytes are those that were written: 64 bits in which every bit of every byte counts. As quick as memory is.
enum WeightChecksum {
    /// - Parameters:
    ///   - bytes: the first byte, on a multiple of 8.
    ///   - count: bytes, a multiple of 8.
    static func of(_ bytes: UnsafeRawPointer, count: Int) -> UInt64 {
        // FNV-1a of words in eight lanes, whose upper halves also count below: each step can be undone, so that no single change
        // of a word is lost.
        var lanes = SIMD8<UInt64>(repeating: 0xCBF2_9CE4_8422_2325) &+ SIMD8(0, 1, 2, 3, 4, 5, 6, 7)
        let prime: UInt64 = 0x100_0000_01B3
        var offset = 0
        while offset + 64 <= count {
            lanes ^= (bytes + offset).loadUnaligned(as: SIMD8<UInt64>.self)
            lanes &*= SIMD8(repeating: prime)
            lanes ^= lanes &>> 32
            offset += 64
        }
        var sum = UInt64(count)
        for lane in 0..<8 { sum = mixed(sum ^ lanes[lane]) }
        while offset < count {
            sum = mixed(sum ^ bytes.load(fromByteOffset: offset, as: UInt64.self))
            offset += 8
        }
        return sum
    }

    private static func mixed(_ value: UInt64) -> UInt64 {
        let product = value &* 0x100_0000_01B3
        return product ^ (product >> 32)
    }
}
