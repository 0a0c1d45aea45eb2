import Testing

@testable import UNet1DSampling

/// Random bits of a counter, and the normal numbers that they become.
struct PhiloxTests {
    /// Vectors of Random123 for philox4x32 with 10 rounds: counter, key, block.
    static let known: [(counter: [UInt64], key: UInt64, block: [UInt32])] = [
        ([0, 0, 0, 0], 0, [0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8]),
        (
            [0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF], 0xFFFF_FFFF_FFFF_FFFF,
            [0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD]
        ),
        (
            [0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344], 0x299F_31D0_A409_3822,
            [0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1]
        ),
    ]

    @Test(arguments: known.indices)
    func knownBlocks(index: Int) {
        let (counter, key, block) = Self.known[index]
        // Other counters beside it in the vectors, and other bits above it in the lanes.
        for lane in 0..<4 {
            var words = (SIMD4<UInt64>(1, 2, 3, 4), SIMD4<UInt64>(), SIMD4<UInt64>(9, 8, 7, 6), SIMD4<UInt64>())
            let above: UInt64 = 0xABCD << 32
            (words.0[lane], words.1[lane]) = (counter[0] | above, counter[1])
            (words.2[lane], words.3[lane]) = (counter[2] | above, counter[3])
            let result = Philox(key: key).blocks(words)
            let found = [result.0, result.1, result.2, result.3].map { UInt32(truncatingIfNeeded: $0[lane]) }
            #expect(found == block)
        }
    }

    /// Values of a range, in a buffer of its size.
    static func values(_ range: Range<Int>, seed: UInt64 = 7, sample: Int = 0, draw: UInt64 = 0) -> [Float] {
        .init(unsafeUninitializedCapacity: range.count) { buffer, count in
            let output = UnsafeMutableBufferPointer(rebasing: buffer[0..<range.count])
            PhiloxNoise(seed: seed).fill(output, from: range.lowerBound, sample: sample, draw: draw)
            count = range.count
        }
    }

    @Test
    func placesDoNotDependOnRanges() {
        let whole = Self.values(0..<200, sample: 3, draw: 5)
        for start in 0..<40 {
            for end in start...(start + 40) {
                #expect(Self.values(start..<end, sample: 3, draw: 5) == Array(whole[start..<end]))
            }
        }
        #expect(Self.values(1 << 34 - 3..<1 << 34) == Array(Self.values(1 << 34 - 16..<1 << 34)[13...]))
    }

    @Test
    func wordsAreWhereTheFormulaSays() {
        let (seed, sample, draw): (UInt64, Int, UInt64) = (11, 6, 5 << 32 | 4)
        let values = Self.values(0..<64, seed: seed, sample: sample, draw: draw)
        for i in 0..<64 {
            let (group, place) = (i / 16, i % 16)
            let counter = SIMD4<UInt64>(UInt64(4 * group + place % 4), 6, 4, 5)
            let words = Philox(key: seed).blocks(
                (
                    .init(repeating: counter[0]), .init(repeating: counter[1]), .init(repeating: counter[2]),
                    .init(repeating: counter[3])
                ))
            let block = [words.0, words.1, words.2, words.3].map { UInt32(truncatingIfNeeded: $0[0]) }
            let word = place / 4
            let pair = BoxMuller.normals(
                SIMD4(repeating: block[word & ~1]), SIMD4(repeating: block[word | 1]))
            #expect(values[i] == (word % 2 == 0 ? pair.0[0] : pair.1[0]))
        }
    }

    /// Values of a range, computed elsewhere: Tests/Fixtures/Generator/noise.py.
    struct Case: Decodable, Sendable {
        let seed: String
        let sample: Int
        let draw: String
        let first: Int
        let count: Int
        let digest: NoiseDigest
    }

    @Test(arguments: NoiseDigest.cases("philox") as [Case])
    func bitsOfTheGenerator(_ entry: Case) {
        let values = Self.values(
            entry.first..<entry.first + entry.count, seed: UInt64(entry.seed)!, sample: entry.sample,
            draw: UInt64(entry.draw)!)
        #expect(NoiseDigest(values) == entry.digest)
    }

    @Test
    func streamsDiffer() {
        let values = Self.values(0..<64)
        let others = [
            Self.values(0..<64, seed: 8), Self.values(0..<64, seed: 7 | 1 << 32), Self.values(0..<64, sample: 1),
            Self.values(0..<64, draw: 1), Self.values(0..<64, draw: 1 << 32), Self.values(64..<128),
        ]
        for other in others { #expect(zip(values, other).allSatisfy { $0 != $1 }) }
    }
}
