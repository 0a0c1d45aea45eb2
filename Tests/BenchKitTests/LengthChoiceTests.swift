import Checkpoint
import Foundation
import Planning
import TestSupport
import Testing

@testable import BenchKit

/// The length at which a checkpoint is measured where nobody names one.
@Suite struct LengthChoiceTests {
    private static func choice(_ fixture: String, sampleSize: Int?, batch: Int = 1) throws -> LengthChoice {
        let folder = Fixture.named(fixture).directory
        var configuration = try ModelDirectory(folder).readConfiguration().network.configuration
        configuration.sampleSize = sampleSize
        return LengthChoice(of: try Network(configuration), batch: batch, timesteps: 1)
    }

    @Test(
        arguments: [
            // Audio: what the file says, or the nearest that runs, the shorter of two.
            ("default_3level", 65536, 65536, "the model's sample_size"),
            ("default_3level", 64, 64, "the model's sample_size"),
            ("default_3level", 60001, 60000, "the nearest that runs to 60001, the model's sample_size"),
            ("default_3level", 60004, 60000, "the nearest that runs to 60004, the model's sample_size"),
            ("default_3level", 1, 24, "the nearest that runs to 1, the model's sample_size"),
            ("dance14_tiny", 65536, 65536, "the model's sample_size"),
            ("dance14_tiny", 48000, 49152, "the nearest that runs to 48000, the model's sample_size"),
            // What no length can be.
            ("default_3level", nil, 8192, "the default profile's, as the model has no sample_size"),
            ("default_3level", 0, 8192, "has no sample_size that is a length"),
            ("default_3level", -5, 8192, "has no sample_size that is a length"),
            ("default_3level", Int.max, 8192, "has no sample_size that is a length"),
            // Planners: diffusers' default says nothing of them.
            ("real_hopper_h32", 65536, 32, "the horizon of published planners"),
            ("real_hopper_h32", nil, 32, "--length names another"),
            ("real_hopper_h32", 128, 128, "the model's sample_size"),
            ("real_hopper_h32", 30, 31, "the nearest that runs to 30, the model's sample_size"),
            ("real_value_h32", 65536, 32, "the horizon of published planners"),
            ("value_small", 65536, 16, "the nearest that runs to 32, the horizon of published planners"),
        ] as [(String, Int?, Int, String)])
    func ofModels(fixture: String, sampleSize: Int?, length: Int, reason: String) throws {
        let choice = try Self.choice(fixture, sampleSize: sampleSize)
        #expect(choice.length == length)
        #expect(try #require(choice.reason).contains(reason), "\(choice)")
    }

    /// Where no length runs, the refusal is the one of the length that was wanted.
    @Test func whereNoLengthRuns() throws {
        // The first up block does not double the length that the second one's skip has.
        let configuration = UNet1DConfiguration(
            sampleSize: 16, downBlockTypes: [.downBlock1D, .downBlock1D], upBlockTypes: [.upBlock1DNoSkip, .upBlock1D],
            blockOutChannels: [32, 32])
        #expect(LengthChoice(of: try Network(configuration), batch: 1, timesteps: 1).length == 16)
    }

    @Test(arguments: ["run", "plan"]) func reportsSayWhichAndWhy(command: String) throws {
        let arguments =
            [command, "--model", Fixture.named("hor128_small").directory]
            + (command == "run" ? ["--iterations", "1", "--warmup", "0", "--threads", "1"] : [])
        func report(_ more: [String]) throws -> JSONValue {
            let result = try Command(arguments + ["--format", "json"] + more)
            #expect(result.status == 0, "\(result.errors)")
            return try JSONReader.read(Array(result.output.utf8), file: "report")
        }
        func length(_ report: JSONValue) -> JSONValue? {
            if case .array(let shape)? = report["sample_shape"] { shape.last } else { report["length"] }
        }
        let own = try report([])
        #expect(length(own) == .integer(32))
        guard case .string(let reason)? = own["length_reason"] else {
            Issue.record("no reason")
            return
        }
        #expect(reason.hasPrefix("the horizon of published planners"))
        #expect(try Command(arguments).output.contains("\n            the length is \(reason)\n"))
        // A length that somebody asked for wins.
        let asked = try report(["--length", "64"])
        #expect(length(asked) == .integer(64) && asked["length_reason"] == .null)
        let profile = try report(["--profile", "hopper-h128-b64", "--batch", "1"])
        #expect(length(profile) == .integer(128) && profile["length_reason"] == .null)
    }
}
