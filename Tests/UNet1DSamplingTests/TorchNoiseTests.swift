import Testing

@testable import UNet1DSampling

/// PyTorch's numbers, as Tests/Fixtures/Generator/noise.py stored them.
struct TorchNoiseTests {
    struct Case: Decodable, Sendable, CustomStringConvertible {
        struct Draw: Decodable, Sendable {
            let shape: [Int]
            let digest: NoiseDigest
        }
        let seeds: [String]
        let draws: [Draw]

        var description: String { "seeds \(seeds), shapes \(draws.map(\.shape))" }
    }

    static let cases: [Case] = NoiseDigest.cases("torch")

    /// The draws of a case from a generator, and those of its first shape from a stream.
    @Test(arguments: cases)
    func bitsOfPyTorch(_ entry: Case) throws {
        let seeds = entry.seeds.map { UInt64($0)! }
        var generator = TorchGenerator(seed: seeds[0])
        let shape = entry.draws[0].shape
        var stream = try NoiseStream(
            .torch(seeds: seeds), batch: shape[0], elements: shape[1...].reduce(1, *), draws: entry.draws.count)
        for draw in entry.draws {
            let count = draw.shape.reduce(1, *)
            let output = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
            defer { output.deallocate() }
            if draw.shape == shape {
                output.initialize(repeating: .nan)
                stream.next(output)
                #expect(NoiseDigest(output) == draw.digest)
            }
            if seeds.count == 1 {
                output.initialize(repeating: .nan)
                generator.randn(output)
                #expect(NoiseDigest(output) == draw.digest)
            }
        }
    }

    @Test
    func restarting() {
        func take(_ generator: inout TorchGenerator, _ count: Int) -> [Float] {
            .init(unsafeUninitializedCapacity: count) { buffer, size in
                generator.randn(UnsafeMutableBufferPointer(rebasing: buffer[0..<count]))
                size = count
            }
        }
        var generator = TorchGenerator(seed: 5)
        let first = take(&generator, 7)
        #expect(take(&generator, 7) != first)
        generator.restart(seed: 5)
        #expect(take(&generator, 7) == first)
    }

    /// 1 + (2⁴⁶ + 1) / 2⁷⁰, which Double rounds to the middle between two floats: rounded once it is the upper one.
    @Test
    func sumsHalfwayAreNoticed() {
        let (x, w) = (Lanes(repeating: 8_384_513 * 0x1p-35), Lanes(repeating: 8_392_705 * 0x1p-35))
        let one = Lanes(repeating: 1)
        for lane in 0..<4 {
            var (fused, factor) = (FusedArithmetic(), Lanes(repeating: 0.1))
            #expect(fused.add(one, one, factor) == LibraryArithmetic().add(one, one, factor))
            #expect(fused.isDecided)
            factor[lane] = x[lane]
            _ = fused.add(one, factor, w)
            #expect(!fused.isDecided)
            #expect(LibraryArithmetic().add(one, factor, w)[lane] == Float(1).nextUp)
        }
    }

    /// The quick arithmetic has the library's bits wherever it has decided them, and decides nearly always.
    @Test
    func bothArithmeticsAgree() {
        var twister = MersenneTwister(seed: 1)
        let uniform = UnsafeMutableBufferPointer<Float>.allocate(capacity: 8)
        defer { uniform.deallocate() }
        var edges: [Float] = [0, 0x1p-24, 1 - 0x1p-24, 0.5, 0.25, 0.125, 0.375, 0.292_893_2, 0.75, 1 - 0x1p-12]
        for _ in 0..<400 {
            twister.fillUniform(uniform)
            edges += uniform
        }
        var undecided = 0
        for i in edges.indices {
            let u = Lanes(repeating: edges[i])
            let w = Lanes(0, edges[(i + 1) % edges.count], edges[7 * i % edges.count], edges[i / 2])
            var fused = FusedArithmetic()
            let found = TorchNormals.normals(u, w, &fused)
            let expected = TorchNormals.exactNormals(u, w)
            if fused.isDecided { #expect(found == expected) } else { undecided += 1 }
        }
        #expect(undecided < 10)
    }
}
