import Testing

@testable import Arena

/// Offsets for random lifetimes: whatever the records, the layout is a layout, and a tight one.
@Suite struct ArenaLayoutTests {
    @Test(arguments: 0..<200)
    func randomRecords(seed: UInt64) {
        var random = SplitMix64(state: seed)
        let usages = Self.records(&random)
        let layout = ArenaLayout(usages)
        #expect(layout.overlaps(usages).isEmpty)
        #expect(Self.liveOverlaps(layout, usages) == 0)
        #expect(layout.offsets.count == usages.count)
        #expect(layout.offsets.allSatisfy { $0 >= 0 && $0 % ArenaLayout.alignment == 0 })
        #expect(zip(layout.offsets, usages).allSatisfy { $0 + $1.bytes <= layout.bytes })
        #expect(layout.bytes >= layout.lowerBoundBytes)
        #expect(layout.bytes <= Self.rounded(usages).reduce(0, +))
        #expect(layout == ArenaLayout(usages))
    }

    /// The layouts of models are held to 10 %; random records to half as much again.
    @Test(arguments: 0..<200)
    func randomRecordsAreTight(seed: UInt64) {
        var random = SplitMix64(state: seed)
        let layout = ArenaLayout(Self.records(&random))
        #expect(Double(layout.bytes) <= 1.5 * Double(layout.lowerBoundBytes))
    }

    @Test func lowerBoundIsTheLargestSumOfLiveBytes() {
        let usages = [
            BufferUsage(bytes: 100, first: 0, last: 1), BufferUsage(bytes: 64, first: 1, last: 2),
            BufferUsage(bytes: 1, first: 2, last: 4), BufferUsage(bytes: 0, first: 0, last: 9),
        ]
        #expect(ArenaLayout(usages).lowerBoundBytes == 128 + 64)
        #expect(ArenaLayout(usages).bytes == 128 + 64)
    }

    @Test func nothingTakesNoRoom() {
        #expect(ArenaLayout([]).bytes == 0)
        #expect(ArenaLayout([BufferUsage(bytes: 0, first: 3, last: 3)]).bytes == 0)
    }

    @Test func lifetimesThatOnlyTouchShareNothing() {
        let usages = [BufferUsage(bytes: 64, first: 0, last: 1), BufferUsage(bytes: 64, first: 1, last: 1)]
        #expect(ArenaLayout(usages).bytes == 128)
    }

    /// The check that the other tests rely on finds an overlap.
    @Test func overlapsAreFound() {
        let apart = [BufferUsage(bytes: 128, first: 0, last: 0), BufferUsage(bytes: 128, first: 1, last: 1)]
        let together = [BufferUsage(bytes: 128, first: 0, last: 1), BufferUsage(bytes: 128, first: 1, last: 1)]
        let layout = ArenaLayout(apart)
        #expect(layout.overlaps(apart).isEmpty)
        #expect(layout.overlaps(together).map { [$0.0, $0.1] } == [[0, 1]])
    }

    private static func rounded(_ usages: [BufferUsage]) -> [Int] { usages.map { ($0.bytes + 63) / 64 * 64 } }

    /// Counted byte by byte of the steps, independently of `overlaps`.
    private static func liveOverlaps(_ layout: ArenaLayout, _ usages: [BufferUsage]) -> Int {
        var count = 0
        for step in 0...(usages.map(\.last).max() ?? 0) {
            let live = usages.indices.filter {
                usages[$0].first <= step && step <= usages[$0].last && usages[$0].bytes > 0
            }
            let byOffset = live.sorted { layout.offsets[$0] < layout.offsets[$1] }
            for (a, b) in zip(byOffset, byOffset.dropFirst())
            where layout.offsets[a] + usages[a].bytes > layout.offsets[b] {
                count += 1
            }
        }
        return count
    }

    /// Up to 60 buffers over up to 80 steps: most of them short-lived, a few from early to late, as skips are.
    private static func records(_ random: inout SplitMix64) -> [BufferUsage] {
        let steps = Int.random(in: 1...80, using: &random)
        return (0..<Int.random(in: 1...60, using: &random)).map { _ in
            let first = Int.random(in: 0..<steps, using: &random)
            let life = Int.random(in: 0...(Bool.random(using: &random) ? 3 : steps), using: &random)
            let bytes = Int.random(in: 0...(1 << Int.random(in: 0...20, using: &random)), using: &random)
            return BufferUsage(bytes: bytes, first: first, last: min(steps - 1, first + life))
        }
    }
}

/// The generator of Steele, Lea and Flood 2014: the same records on every run.
private struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
