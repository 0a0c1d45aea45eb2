import Testing

@testable import Checkpoint

/// The generator gives the very bits of the definition's own program; the numbers below come from that program.
@Suite struct SeededWeightsTests {
    /// A tensor, the bits of its first, eighth and last element, and all elements' bits combined by exclusive or.
    struct Golden: Sendable, CustomTestStringConvertible {
        let tensor: ExpectedTensor
        let first, eighth, last, all: UInt32

        init(
            _ name: String, _ shape: [Int], _ role: ExpectedTensor.Role, _ first: UInt32, _ eighth: UInt32,
            _ last: UInt32,
            _ all: UInt32, use: ExpectedTensor.Use = .standard, readsSkip: Bool = false
        ) {
            tensor = ExpectedTensor(name: name, shape: shape, role: role, use: use, readsSkip: readsSkip)
            (self.first, self.eighth, self.last, self.all) = (first, eighth, last, all)
        }

        var testDescription: String { tensor.name }
    }

    static let golden: [Golden] = [
        Golden(
            "down_blocks.0.resnets.0.conv_1.weight", [32, 18, 5], .convolution, 0xBDF1_86F2, 0x38C5_C859, 0xBE3F_E4F8,
            0x8774_11EA),
        Golden(
            "up_blocks.1.resnets.0.conv_1.weight", [4, 6, 5], .convolution, 0x3EB4_C3D0, 0x3E8F_07FB, 0x3D84_F748,
            0x8550_B01D, readsSkip: true),
        Golden(
            "up_blocks.0.resnets.0.conv_skip.weight", [3, 5, 1], .convolution, 0x3F36_EAEC, 0x3E18_5BCC, 0x3E19_F83C,
            0xBDE3_E74F, use: .shortcut, readsSkip: true),
        Golden(
            "up_blocks.0.resnets.0.conv_in.conv1d.weight", [2, 4, 5], .convolution, 0xBEA6_742B, 0xBEDC_2A55,
            0xBD12_5AD3,
            0x800E_D517, readsSkip: true),
        Golden(
            "up_blocks.0.resnets.0.residual_conv.weight", [8, 16, 1], .convolution, 0xBEA7_5AFA, 0x3EF2_FF97,
            0x3E6B_9A71,
            0x818D_75DA, use: .shortcut, readsSkip: true),
        Golden(
            "up_blocks.0.resnets.1.conv_1.weight", [4, 6, 5], .convolution, 0xBEB7_1377, 0xBDC7_D132, 0xBE43_77AA,
            0x003D_EAFD),
        Golden(
            "up_blocks.0.upsample.conv.weight", [8, 8, 4], .transposedConvolution, 0xBE4B_2BE5, 0xBD93_E66A,
            0xBED9_470D,
            0x037C_58A3),
        Golden(
            "mid_block.attentions.0.query.weight", [32, 32], .linear, 0xBD93_AAE6, 0xBE9C_E9AA, 0xBF19_5F24,
            0x07FD_19B3, use: .query),
        Golden(
            "mid_block.attentions.0.query.bias", [32], .bias, 0x3F5A_0CD1, 0x3EA9_439F, 0x3F51_9748, 0x0193_DBD4,
            use: .query),
        Golden(
            "mid_block.attentions.3.proj_attn.weight", [32, 32], .linear, 0x3EE2_187E, 0xBF04_7D4F, 0xBB73_13C2,
            0x82E2_838B, use: .value),
        Golden(
            "mid_block.attentions.3.key.bias", [32], .bias, 0xBEC6_772B, 0x3C4F_9C33, 0xBE31_2ACA, 0x02F2_E5D4,
            use: .key),
        Golden("time_proj.weight", [8], .fourierFrequencies, 0x3FB8_E922, 0xBE40_D890, 0xBE40_D890, 0x038F_9B7F),
        Golden("time_mlp.linear_1.weight", [32, 8], .linear, 0x3EF4_9A5D, 0xBE19_67A5, 0xBEFD_10D2, 0x0392_061E),
        Golden("out_block.final_conv1d_gn.weight", [8], .normGain, 0x3F79_FBC0, 0x3FA9_7AC9, 0x3FA9_7AC9, 0x006C_B3CC),
        Golden("out_block.final_conv1d_gn.bias", [8], .normShift, 0xBCCC_4FE0, 0xBE61_0E8C, 0xBE61_0E8C, 0x8144_107A),
        Golden(
            "down_blocks.1.resnets.0.group_norm_1.weight", [8], .normGain, 0x3FA3_4963, 0x3F17_2A3E, 0x3F17_2A3E,
            0x0016_F8B5),
    ]

    @Test(arguments: golden)
    func valuesAreTheDefinitions(_ golden: Golden) {
        let recipe = SeededWeights.recipe(golden.tensor)
        let bits = (0..<golden.tensor.count).map { recipe.value(at: $0).bitPattern }
        #expect(bits.first == golden.first)
        #expect(bits[7] == golden.eighth)
        #expect(bits.last == golden.last)
        #expect(bits.reduce(0, ^) == golden.all)
    }

    @Test func samples() {
        let recipe = SeededWeights.sample(count: 64)
        let bits = (0..<64).map { recipe.value(at: $0).bitPattern }
        #expect(bits[0] == 0x3FD4_C924)
        #expect(bits[63] == 0x3FCA_9E10)
        #expect(bits.reduce(0, ^) == 0x83F5_E2D8)
    }

    @Test func runsCoverEveryElementWithItsScale() {
        for golden in Self.golden {
            let recipe = SeededWeights.recipe(golden.tensor)
            var next = 0
            recipe.forEachRun { elements, scale in
                #expect(elements.lowerBound == next)
                next = elements.upperBound
                for i in elements {
                    #expect(scale == (i % recipe.period < recipe.split ? recipe.firstScale : recipe.secondScale))
                }
            }
            #expect(next == golden.tensor.count)
        }
    }

    @Test func resamplingKernelsAreConstants() {
        let down = ExpectedTensor(name: "mid_block.down.kernel", shape: [8], role: .downsamplingKernel)
        let up = ExpectedTensor(name: "mid_block.up.kernel", shape: [8], role: .upsamplingKernel)
        #expect(SeededWeights.recipe(down).constants.reduce(0, +) == 1)
        #expect(SeededWeights.recipe(up).constants.reduce(0, +) == 2)
        #expect(SeededWeights.recipe(down).value(at: 1) == Float(-9) / 256)
        #expect(SeededWeights.recipe(up).value(at: 3) == Float(222) / 256)
    }

    @Test func otherSeedsGiveOtherNumbers() {
        let tensor = Self.golden[0].tensor
        #expect(SeededWeights.recipe(tensor, seed: 1).value(at: 0) != SeededWeights.recipe(tensor).value(at: 0))
    }
}
