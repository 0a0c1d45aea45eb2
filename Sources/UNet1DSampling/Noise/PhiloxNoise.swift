/// Normal numbers that depend on their place alone: element i of sample b of draw d has one value, whoever computes it.
///
/// Any number of workers may fill any ranges in any order. A clip does not change with the batch that it is made in.
/// The values have the same bits on every machine.
///
/// Elements are computed in groups of 16, from four blocks of `Philox`. Element i has the group g = i / 16 and the place
/// j = i % 16. The blocks of the group have the counters (4g + j % 4, b, d mod 2³², d / 2³²), and word j / 4 of the block is
/// its bits. Words 0 and 1 of a block, and words 2 and 3, are the bits of a pair; `BoxMuller` has the formula.
///
/// The largest magnitude is 6.7638.
public struct PhiloxNoise: Sendable, Equatable {
    /// The key of all streams.
    public let seed: UInt64

    /// Noise of a seed.
    public init(seed: UInt64) {
        self.seed = seed
    }

    /// Fills `output` with elements `first` and following of a sample. Neither allocates nor blocks.
    ///
    /// - Parameters:
    ///   - output: The values. A range that begins at a multiple of 16 is quickest.
    ///   - first: The element of the sample that goes to the start of `output`; the last one is below 2³⁴.
    ///   - sample: The sample's number in its batch, below 2³².
    ///   - draw: The number of the draw: a step of a denoising loop.
    public func fill(_ output: UnsafeMutableBufferPointer<Float>, from first: Int = 0, sample: Int, draw: UInt64) {
        precondition(first >= 0 && first + output.count <= 1 << 34, "elements of a sample are 0 to 2³⁴ − 1")
        guard let base = output.baseAddress, !output.isEmpty else { return }
        let end = first + output.count
        let philox = Philox(key: seed)
        let sample = SIMD4(repeating: UInt64(UInt32(sample)))
        let (low, high) = (SIMD4(repeating: draw & 0xFFFF_FFFF), SIMD4(repeating: draw >> 32))
        for start in stride(from: first & ~15, to: end, by: 16) {
            let block = SIMD4<UInt64>(0, 1, 2, 3) &+ SIMD4(repeating: UInt64(start / 4))
            let words = philox.blocks((block, sample, low, high))
            let (a, b) = BoxMuller.normals(lower(words.0), lower(words.1))
            let (c, d) = BoxMuller.normals(lower(words.2), lower(words.3))
            let values = SIMD16(lowHalf: SIMD8(lowHalf: a, highHalf: b), highHalf: SIMD8(lowHalf: c, highHalf: d))
            if start >= first && start + 16 <= end {
                UnsafeMutableRawPointer(base + (start - first)).storeBytes(of: values, as: SIMD16<Float>.self)
            } else {
                for i in max(start, first)..<min(start + 16, end) { base[i - first] = values[i - start] }
            }
        }
    }

    /// The lower half of each lane.
    @inline(__always)
    private func lower(_ words: SIMD4<UInt64>) -> SIMD4<UInt32> {
        unsafeBitCast(words, to: SIMD8<UInt32>.self).evenHalf
    }
}
