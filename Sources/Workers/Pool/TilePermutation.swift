/// A permutation of a stage's tiles: i ↦ (i · stride + offset) mod tiles with gcd(stride, tiles) = 1.
struct TilePermutation {
    private let tiles: UInt64
    private let stride: UInt64
    private let offset: UInt64

    /// - Parameter tiles: 1 or more, below 2³².
    init(seed: UInt64, stage: Int, tiles: UInt64) {
        self.tiles = tiles
        let bits = Self.mix(seed &+ UInt64(stage) &* 0x9E37_79B9_7F4A_7C15)
        var candidate = (bits % tiles) | 1
        while Self.gcd(candidate, tiles) != 1 { candidate += 2 }
        stride = candidate % tiles
        offset = (bits >> 32) % tiles
    }

    /// - Precondition: index < tiles.
    func tile(_ index: UInt64) -> UInt64 { (index * stride + offset) % tiles }

    /// The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    private static func gcd(_ a: UInt64, _ b: UInt64) -> UInt64 {
        var (a, b) = (a, b)
        while b != 0 { (a, b) = (b, a % b) }
        return a
    }
}
