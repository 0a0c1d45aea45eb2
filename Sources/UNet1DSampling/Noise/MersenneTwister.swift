import CKernels

/// MT19937: 624 words of state, which are renewed together.
///
/// Source: Matsumoto, Nishimura 1998, "Mersenne Twister: a 623-dimensionally equidistributed uniform pseudo-random number
/// generator"; seeding as in their mt19937ar.c of 2002.
struct MersenneTwister: ~Copyable {
    /// Words of state, and how far a word is from the one that is combined with it.
    private static let (count, distance) = (624, 397)

    /// `count` words, and room for reading a vector at the last of them.
    private let state: UnsafeMutablePointer<UInt32>
    /// Words that were used since the state was renewed.
    private var used = count

    init(seed: UInt32) {
        state = .allocate(capacity: Self.count + 3)
        state.initialize(repeating: 0, count: Self.count + 3)
        restart(seed: seed)
    }

    deinit { state.deallocate() }

    /// Starts over with a seed.
    mutating func restart(seed: UInt32) {
        state[0] = seed
        for j in 1..<Self.count {
            state[j] = 1_812_433_253 &* (state[j - 1] ^ state[j - 1] >> 30) &+ UInt32(j)
        }
        used = Self.count
    }

    /// The next word.
    mutating func next() -> UInt32 {
        if used == Self.count { renew() }
        defer { used += 1 }
        return tempered(at: used).x
    }

    /// Fills `output` with the lower 24 bits of the next words, as multiples of 2⁻²⁴ from 0 to below 1.
    mutating func fillUniform(_ output: UnsafeMutableBufferPointer<Float>) {
        guard var target = output.baseAddress else { return }
        let end = target + output.count
        while target < end {
            if used == Self.count { renew() }
            let run = min(Self.count - used, end - target)
            for j in stride(from: 0, to: run & ~3, by: 4) {
                UnsafeMutableRawPointer(target + j).storeBytes(of: uniform(at: used + j), as: Lanes.self)
            }
            if run & 3 != 0 {
                let rest = uniform(at: used + run & ~3)
                for j in 0..<run & 3 { target[run & ~3 + j] = rest[j] }
            }
            used += run
            target += run
        }
    }

    @inline(__always)
    private func uniform(at index: Int) -> Lanes {
        kernel_floats_4(SIMD4<Int32>(truncatingIfNeeded: tempered(at: index) & 0xFF_FFFF)) * 0x1p-24
    }

    /// The output of four words of the state.
    @inline(__always)
    private func tempered(at index: Int) -> SIMD4<UInt32> {
        var y = words(at: index)
        y ^= y &>> 11
        y ^= (y &<< 7) & 0x9D2C_5680
        y ^= (y &<< 15) & 0xEFC6_0000
        return y ^ (y &>> 18)
    }

    private mutating func renew() {
        let wrapped = Self.count - Self.distance
        for j in stride(from: 0, to: wrapped & ~3, by: 4) { renewFour(at: j, from: j + Self.distance) }
        for j in wrapped & ~3..<wrapped { renewOne(at: j, from: j + Self.distance, next: j + 1) }
        // 396 words: a multiple of 4.
        for j in stride(from: wrapped, to: Self.count - 1, by: 4) { renewFour(at: j, from: j - wrapped) }
        renewOne(at: Self.count - 1, from: Self.distance - 1, next: 0)
        used = 0
    }

    @inline(__always)
    private func renewFour(at index: Int, from source: Int) {
        let renewed = words(at: source) ^ Self.twisted(words(at: index), words(at: index + 1))
        UnsafeMutableRawPointer(state + index).storeBytes(of: renewed, as: SIMD4<UInt32>.self)
    }

    private func renewOne(at index: Int, from source: Int, next: Int) {
        let (word, next) = (SIMD4(repeating: state[index]), SIMD4(repeating: state[next]))
        state[index] = state[source] ^ Self.twisted(word, next).x
    }

    /// The upper bit of `word` with the lower bits of `next`, times the matrix.
    @inline(__always)
    private static func twisted(_ word: SIMD4<UInt32>, _ next: SIMD4<UInt32>) -> SIMD4<UInt32> {
        let mixed = (word & 0x8000_0000) | (next & 0x7FFF_FFFF)
        return (mixed &>> 1) ^ ((0 &- (next & 1)) & 0x9908_B0DF)
    }

    @inline(__always)
    private func words(at index: Int) -> SIMD4<UInt32> {
        UnsafeRawPointer(state + index).loadUnaligned(as: SIMD4<UInt32>.self)
    }
}
