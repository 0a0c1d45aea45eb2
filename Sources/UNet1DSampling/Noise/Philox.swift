/// Philox 4×32 with ten rounds: four random words from a counter of four words and a key of two.
///
/// A round multiplies words 0 and 2 by constants; the low halves of the products become words 3 and 1, the high halves, with
/// the other words and the key, words 2 and 0. The key grows by a constant after each round.
///
/// Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
struct Philox {
    /// Four words of four blocks: lane j of each vector belongs to block j. The upper half of a lane means nothing.
    typealias Words = (SIMD4<UInt64>, SIMD4<UInt64>, SIMD4<UInt64>, SIMD4<UInt64>)

    /// The key's words, the first in the low half.
    let key: UInt64

    /// The blocks of four counters.
    @inline(__always)
    func blocks(_ counter: Words) -> Words {
        var (x0, x1, x2, x3) = counter
        var (k0, k1) = (UInt32(truncatingIfNeeded: key), UInt32(truncatingIfNeeded: key >> 32))
        for _ in 0..<10 {
            // Products of two words: SIMD types have no multiplication of halves, but the compiler sees that this is one.
            let p0 = (x0 & 0xFFFF_FFFF) &* 0xD251_1F53
            let p2 = (x2 & 0xFFFF_FFFF) &* 0xCD9E_8D57
            (x0, x1) = ((p2 &>> 32) ^ x1 ^ SIMD4(repeating: UInt64(k0)), p2)
            (x2, x3) = ((p0 &>> 32) ^ x3 ^ SIMD4(repeating: UInt64(k1)), p0)
            k0 &+= 0x9E37_79B9
            k1 &+= 0xBB67_AE85
        }
        return (x0, x1, x2, x3)
    }
}
