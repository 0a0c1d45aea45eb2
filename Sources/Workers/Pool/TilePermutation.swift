/// A permutation of a stage's tiles: i ↦ (i · stride + offset) mod tiles with gcd(stride, tiles) = 1.
struct TilePermutation {
    private let tiles: Int
    private let stride: Int
    private let offset: Int

    /// - Parameter tiles: 1 or more, below 2³¹.
    init(seed: UInt64, stage: Int, tiles: Int) {
        self.tiles = tiles
        let bits = Self.mix(seed &+ UInt64(stage) &* 0x9E37_79B9_7F4A_7C15)
        var candidate = Int(bits % UInt64(tiles)) | 1
        while Self.gcd(candidate, tiles) != 1 { candidate += 2 }
        stride = candidate % tiles
        offset = Int(bits >> 32) % tiles
    }

    /// - Precondition: index < tiles.
    func tile(_ index: Int) -> Int { (index * stride + offset) % tiles }

    /// The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    private static func gcd(_ a: Int, _ b: Int) -> Int { b == 0 ? a : gcd(b, a % b) }
}
