import Foundation
import TestSupport
import Testing

@testable import Checkpoint
@testable import UNet1D

/// A configuration is input: no edit of a valid one may end in a trap.
@Suite struct RandomEditsTests {
    private static let edits = 2000

    @Test func endInAResultOrAnError() throws {
        #expect(EditedConfiguration.originals.count > 40)
        var generator = Numbers(state: 20_261_127)
        var forwards = 0
        var refusals = 0
        for step in 0..<Self.edits {
            let edited = EditedConfiguration(using: &generator)
            do {
                if step % 8 == 0 { try Self.readFolder(edited) }
                if try edited.run(weightBytes: 1 << 22, using: &generator) { forwards += 1 }
            } catch {
                refusals += 1
                #expect(error is CheckpointError || error is UNet1DError, "\(error)")
                let text = "\(error)"
                #expect(!text.isEmpty && !text.contains("\n") && text.count < 4096, "\(text)")
            }
        }
        // Neither may be rare, or nothing was tried.
        #expect(forwards > Self.edits / 20)
        #expect(refusals > Self.edits / 4)
    }

    /// Reads the configuration from a folder, as `plan` does, with its notes.
    private static func readFolder(_ edited: EditedConfiguration) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "edits-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data(edited.text.utf8).write(to: folder.appending(path: "config.json"))
        let notes = try ModelDirectory(folder.path()).readConfiguration().notes
        #expect(notes.allSatisfy { !$0.contains("\n") })
    }

    /// Numbers that are the same in every run. Source: SplitMix64, Steele, Lea, Flood 2014.
    private struct Numbers: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
            return z ^ z >> 31
        }
    }
}

/// NaN in a configuration: the reference computes it.
@Suite struct NaNTests {
    @Test(arguments: [Double.nan, .signalingNaN, .infinity, -.infinity])
    func frequencyShift(shift: Double) throws {
        let configuration = UNet1DConfiguration(
            inChannels: 3, outChannels: 3, timeEmbeddingType: .positional, useTimestepEmbedding: true, freqShift: shift,
            downBlockTypes: [.downResnetBlock1D], upBlockTypes: [.upResnetBlock1D],
            midBlockType: .midResTemporalBlock1D,
            outBlockType: .outConv1DBlock, blockOutChannels: [16], actFn: .mish)
        let model = try UNet1DModel(configuration: configuration)
        let output = try model(
            Tensor([Float](repeating: 1, count: 24), shape: [1, 3, 8]), timestep: Timestep([3])
        ).sample.scalars
        #expect(output.allSatisfy { $0.isNaN } == shift.isNaN)
        #expect(output.contains { $0.isNaN } == shift.isNaN)
    }
}
