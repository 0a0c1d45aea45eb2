import Testing
import UNet1DSampling

/// Draws of a source: shapes, parts, and what does not fit.
struct NoiseStreamTests {
    /// The next draw.
    static func next(_ stream: inout NoiseStream) -> [Float] {
        let size = stream.batch * stream.elements
        return .init(unsafeUninitializedCapacity: size) { buffer, count in
            stream.next(UnsafeMutableBufferPointer(rebasing: buffer[0..<size]))
            count = size
        }
    }

    static let sources = [NoiseSource.philox(seed: 4), .given((0..<5000).map { Float($0) })]
    static let shapes = [(batch: 1, elements: 448), (3, 50), (5, 1), (2, 16), (4, 33)]

    /// Parts of any size, filled in any order, make the same draw.
    @Test(arguments: shapes.indices, sources)
    func partsMakeTheDraw(shape: Int, source: NoiseSource) throws {
        let (batch, elements) = Self.shapes[shape]
        var whole = try NoiseStream(source, batch: batch, elements: elements, draws: 3)
        for part in [1, 7, 16, 40, 1000] {
            var parts = try NoiseStream(source, batch: batch, elements: elements, draws: 3)
            whole = try NoiseStream(source, batch: batch, elements: elements, draws: 3)
            for draw in 0..<3 {
                var filled = [Float](repeating: .nan, count: batch * elements)
                filled.withUnsafeMutableBufferPointer { filled in
                    for start in stride(from: 0, to: filled.count, by: part).reversed() {
                        let end = min(start + part, filled.count)
                        parts.fill(UnsafeMutableBufferPointer(rebasing: filled[start..<end]), from: start)
                    }
                }
                let done = parts.draw
                #expect(done == draw)
                parts.advance()
                #expect(filled == Self.next(&whole))
            }
        }
        let isDivisible = whole.isDivisible
        #expect(isDivisible)
    }

    /// A sample has the same noise alone and in a batch.
    @Test
    func samplesDoNotDependOnTheBatch() throws {
        var alone = try NoiseStream(.philox(seed: 9), batch: 1, elements: 100, draws: 2)
        var batch = try NoiseStream(.philox(seed: 9), batch: 4, elements: 100, draws: 2)
        for _ in 0..<2 { #expect(Self.next(&alone) == Array(Self.next(&batch)[..<100])) }
    }

    /// A sample that has the seed and the number of another batch's has its noise, in every draw and every part of one.
    @Test
    func rowsAreMadeAgain() throws {
        let seeds: [UInt64] = [9, 4, 9, 7]
        var one = try NoiseStream(.philox(seed: 9), batch: 4, elements: 100, draws: 2)
        var several = try NoiseStream(.philox(seeds: seeds), batch: 4, elements: 100, draws: 2)
        var mixed = try NoiseStream(
            .philox(seeds: [7, 9, 9], rows: [3, 2, 70_000]), batch: 3, elements: 100, draws: 2)
        for draw in 0..<2 {
            let (shared, own, again) = (Self.next(&one), Self.next(&several), Self.next(&mixed))
            for row in 0..<4 {
                let range = row * 100..<(row + 1) * 100
                #expect((own[range] == shared[range]) == (seeds[row] == 9))
                for (source, values) in [
                    (NoiseSource.philox(seeds: [9], rows: [UInt32(row)]), shared),
                    (.philox(seeds: [seeds[row]], rows: [UInt32(row)]), own),
                ] {
                    var alone = try NoiseStream(source, batch: 1, elements: 100, draws: 2)
                    if draw == 1 { alone.advance() }
                    #expect(Self.next(&alone)[...] == values[range])
                }
            }
            #expect(again[..<100] == own[300...] && again[100..<200] == own[200..<300])
            var far = [Float](repeating: 0, count: 100)
            far.withUnsafeMutableBufferPointer {
                PhiloxNoise(seed: 9).fill($0, sample: 70_000, draw: UInt64(draw))
            }
            #expect(far[...] == again[200...])
        }
    }

    @Test
    func givenNumbersComeInOrder() throws {
        let values = (0..<12).map { Float($0) }
        var stream = try NoiseStream(.given(values), batch: 2, elements: 3, draws: 2)
        #expect(Self.next(&stream) + Self.next(&stream) == values)
        let done = stream.draw
        #expect(done == 2)
    }

    /// Seven elements: PyTorch keeps the second value of the last pair.
    @Test(arguments: sources + [.torch(seed: 1), .torch(seeds: [1, 2, 3])])
    func restarting(source: NoiseSource) throws {
        var stream = try NoiseStream(source, batch: 3, elements: 7, draws: 2)
        let draws = [Self.next(&stream), Self.next(&stream)]
        #expect(draws[0] != draws[1])
        stream.restart()
        #expect([Self.next(&stream), Self.next(&stream)] == draws)
    }

    @Test
    func spansAreFilled() throws {
        for source in [NoiseSource.philox(seed: 1), .torch(seed: 1), .torch(seeds: [1, 2])] {
            var first = try NoiseStream(source, batch: 2, elements: 20, draws: 1)
            var second = try NoiseStream(source, batch: 2, elements: 20, draws: 1)
            var values = [Float](repeating: 0, count: 40)
            var span = values.mutableSpan
            first.next(&span)
            #expect(values == Self.next(&second))
        }
    }

    @Test
    func numbersOfPyTorchAreNotDivisible() throws {
        let stream = try NoiseStream(.torch(seed: 1), batch: 3, elements: 4, draws: 1)
        let isDivisible = stream.isDivisible
        #expect(!isDivisible)
    }

    @Test
    func whatDoesNotFit() throws {
        let seeds = #expect(throws: NoiseError.self) {
            _ = try NoiseStream(.torch(seeds: [1, 2]), batch: 3, elements: 4, draws: 1)
        }
        #expect("\(seeds!)" == "noise: 2 seeds for a batch of 3; give one seed, or 3")
        let counts: [(NoiseSource, NoiseError)] = [
            (.philox(seeds: [1, 2]), .seeds(count: 2, batch: 3)), (.philox(seeds: []), .seeds(count: 0, batch: 3)),
            (.philox(seeds: [1], rows: [0, 1]), .rows(count: 2, batch: 3)),
            (.philox(seeds: [1, 2, 3], rows: []), .rows(count: 0, batch: 3)),
        ]
        for (source, error) in counts {
            #expect(throws: error) { _ = try NoiseStream(source, batch: 3, elements: 4, draws: 1) }
        }
        let rows = NoiseError.rows(count: 2, batch: 3).description
        #expect(rows == "noise: 2 rows for a batch of 3; give none, or 3")
        let given = #expect(throws: NoiseError.self) {
            _ = try NoiseStream(.given([1, 2, 3]), batch: 1, elements: 2, draws: 2)
        }
        #expect("\(given!)".hasPrefix("noise: 3 values are given, but 2 draws take 4; give as many, or another source"))
    }
}
