import Testing

@testable import Checkpoint

/// The distributions of PyTorch's default initialisers.
@Suite struct InitialisationTests {
    private static let planner = UNet1DConfiguration(
        inChannels: 14, outChannels: 14, timeEmbeddingType: .positional, useTimestepEmbedding: true,
        downBlockTypes: [.downResnetBlock1D, .downResnetBlock1D], upBlockTypes: [.upResnetBlock1D],
        midBlockType: .midResTemporalBlock1D, outBlockType: .outConv1DBlock, blockOutChannels: [32, 64], actFn: .mish)
    private static let audio = UNet1DConfiguration(extraInChannels: 16)

    private static func values(
        _ name: String, of configuration: UNet1DConfiguration, seed: UInt64 = 1,
        _ initialisation: Initialisation = .pytorch
    ) throws -> [Float] {
        let tensor = try #require(try Network(configuration).tensors.first { $0.name == name })
        let recipe = SeededWeights.recipe(tensor, seed: seed, initialisation: initialisation)
        return (0..<tensor.count).map(recipe.value)
    }

    private static func moments(_ values: [Float]) -> (mean: Double, variance: Double, fourth: Double) {
        let n = Double(values.count)
        let mean = values.reduce(0) { $0 + Double($1) } / n
        let squares = values.map { (Double($0) - mean) * (Double($0) - mean) }
        return (mean, squares.reduce(0, +) / n, squares.reduce(0) { $0 + $1 * $1 } / n)
    }

    /// Layers and the bounds that torch 2.13 computes for them: √3 · calculate_gain('leaky_relu', √5) / √(fan_in), with
    /// `_calculate_fan_in_and_fan_out` of the weight.
    private static let layers: [(String, UNet1DConfiguration, bound: Double)] = [
        ("down_blocks.0.resnets.0.conv_in.conv1d", planner, 0.11952286093343935),
        ("down_blocks.0.resnets.0.time_emb", planner, 0.17677669529663684),
        ("down_blocks.0.downsample.conv", planner, 0.10206207261596575),
        ("up_blocks.0.upsample.conv", planner, 0.08838834764831842),
        ("time_mlp.linear_1", planner, 0.17677669529663684),
        ("out_block.final_conv1d_2", planner, 0.17677669529663684),
        ("down_blocks.1.resnets.0.residual_conv", planner, 0.17677669529663684),
        ("mid_block.attentions.0.query", audio, 0.12499999999999999),
        ("down_blocks.0.resnets.0.conv_1", audio, 0.10540925533894596),
        ("mid_block.resnets.0.conv_1", audio, 0.055901699437494734),
    ]

    @Test func weightsAndBiasesAreUniform() throws {
        for (layer, configuration, bound) in Self.layers {
            let weights = try Self.values(layer + ".weight", of: configuration)
            let (mean, variance, fourth) = Self.moments(weights)
            let n = Double(weights.count)
            // Six deviations of a mean, and of a variance, of n uniform numbers.
            #expect(abs(mean) < 6 * bound / (3 * n).squareRoot(), "\(layer)")
            #expect(abs(variance / (bound * bound / 3) - 1) < 6 * (0.8 / n).squareRoot(), "\(layer)")
            #expect(abs(fourth / (variance * variance) - 1.8) < 0.3, "\(layer)")
            let largest = Double(weights.map(abs).max() ?? 0)
            #expect(largest <= bound * (1 + 0x1p-23) && largest > 0.95 * bound, "\(layer)")

            let biases = try Self.values(layer + ".bias", of: configuration)
            let largestBias = Double(biases.map(abs).max() ?? 0)
            #expect(largestBias <= bound * (1 + 0x1p-23) && largestBias > 0.6 * bound, "\(layer)")
        }
    }

    @Test func normsAreOnesAndZeros() throws {
        for (configuration, norm) in [
            (Self.planner, "out_block.final_conv1d_gn"), (Self.audio, "down_blocks.0.resnets.0.group_norm_1"),
        ] {
            #expect(try Set(Self.values(norm + ".weight", of: configuration)) == [1])
            // Not −0.
            #expect(try Set(Self.values(norm + ".bias", of: configuration).map(\.bitPattern)) == [0])
        }
    }

    @Test func frequenciesAreNormal() throws {
        let tensor = ExpectedTensor(name: "time_proj.weight", shape: [100_000], role: .fourierFrequencies)
        let recipe = SeededWeights.recipe(tensor, seed: 3, initialisation: .pytorch)
        let values = (0..<tensor.count).map(recipe.value)
        let (mean, variance, fourth) = Self.moments(values)
        #expect(abs(mean) < 6 / Double(values.count).squareRoot())
        #expect(abs(variance - 1) < 6 * (2 / Double(values.count)).squareRoot())
        #expect(abs(fourth / (variance * variance) - 3) < 0.1)
        // The share within one and within two deviations.
        for (bound, share) in [(Float(1), 0.682689), (2, 0.954500), (3, 0.997300)] {
            let found = Double(values.count { abs($0) < bound }) / Double(values.count)
            #expect(abs(found - share) < 6 * (share * (1 - share) / Double(values.count)).squareRoot())
        }
    }

    /// Bits and the number that they mean, computed with forty digits.
    @Test func normalNumbersAreTheFormulas() {
        for (bits, expected) in [
            (UInt64(0x8000_0000_0000_0000), 1.1774100223177266), (0x0000_0000_0000_0000, 6.763705635001895),
            (0xFFFF_FFFF_0000_0000, 1.525878906294409e-05), (0x8000_0000_8000_0000, -1.1774100223177266),
            (0x1234_5678_9ABC_DEF0, -1.821753455670898),
        ] as [(UInt64, Double)] {
            let found = NormalNumber.value(bits: bits)
            #expect(abs(found - expected) <= 1e-12 * abs(expected), "\(String(bits, radix: 16)): \(found)")
        }
    }

    @Test func resamplingKernelsAreConstants() throws {
        for initialisation in Initialisation.allCases {
            #expect(try Self.values("mid_block.down.kernel", of: Self.audio, initialisation).reduce(0, +) == 1)
            #expect(try Self.values("mid_block.up.kernel", of: Self.audio, initialisation).reduce(0, +) == 2)
        }
    }

    @Test func seedsAndNamesDecide() throws {
        let name = "mid_block.attentions.0.query.weight"
        let first = try Self.values(name, of: Self.audio)
        #expect(try Self.values(name, of: Self.audio) == first)
        #expect(try Self.values(name, of: Self.audio, seed: 2) != first)
        #expect(try Self.values("mid_block.attentions.0.key.weight", of: Self.audio) != first)
    }
}
