import Checkpoint
import Foundation
import Planning
import TestSupport
import Testing
import UNet1D

@testable import BenchKit

/// What `inspect` says of checkpoints, sound and damaged.
@Suite struct InspectionTests {
    private static func inspect(_ path: String, _ lookup: ModelLookup = .init()) -> ModelInspection {
        ModelInspection.inspecting(Fixture.root + "/" + path, lookup: lookup, progress: Progress(quiet: true))
    }

    @Test func aSoundModel() {
        let found = Self.inspect("visible/default_3level")
        #expect(found.runs && found.problems.isEmpty && found.nonFinite.isEmpty)
        #expect(found.parameters == found.blocks.reduce(0) { $0 + $1.parameters })
        #expect(found.blocks.map(\.name).contains("down_blocks.2") && found.blocks.map(\.name).contains("mid_block"))
        #expect(found.lengths?.first.count == 5)
        let text = TextReport().text(found)
        for line in [
            "runs        yes", "DownBlock1DNoSkip, DownBlock1D, AttnDownBlock1D", "time_embedding_type",
            "tensors of BF16",
        ] {
            #expect(text.contains(line), "\(text)")
        }
        #expect(!text.contains("problems"))
    }

    /// Damaged checkpoints: whether they run, and what the remedy says.
    @Test(arguments: [
        ("st_missing_tensor", false, "missing: up_blocks.0.resnets.0.conv_out.group_norm.bias"),
        ("st_wrong_shape", false, "has shape [8, 3, 3], but the configuration means [8, 3, 5]"),
        ("st_truncated_data", false, "the file may be cut off"),
        ("st_nan_weight", true, "take an earlier checkpoint"),
        ("cfg_unknown_down_block", false, "use one of DownBlock1DNoSkip"),
        ("weights_lfs_pointer", false, "git lfs pull"), ("no_weights", false, "download them"),
        ("bin_malicious_raw", false, "ask whoever made it for a safetensors file"),
        ("st_dtype_i64_weight", false, "save it as one of these"), ("st_dtype_unknown", false, "save the model again"),
        ("st_empty_file", false, "download it again"),
        ("st_header_garbage", false, "the safetensors header is malformed"),
        ("st_offsets_overlap", false, "download it again"), ("cfg_invalid_json", false, "correct it there"),
    ])
    func damagedModels(name: String, runs: Bool, remedy: String) {
        let found = Self.inspect("bad/\(name)")
        #expect(found.runs == runs)
        #expect(found.problems.count == 1 && found.problems[0].contains(remedy), "\(found.problems)")
        #expect(TextReport().text(found).contains(remedy))
    }

    /// What is wrong is said once, with what was expected or with the way out.
    @Test func everyProblemIsOneToActOn() throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: Fixture.root + "/bad").sorted() {
            let problems = Self.inspect("bad/" + name).problems
            #expect(Set(problems).count == problems.count, "\(problems)")
            for problem in problems where name != "manifest.json" {
                let helps = ["; ", " was expected", " must be ", " must have "].contains { problem.contains($0) }
                #expect(helps, "\(problem)")
            }
        }
    }

    @Test func aShardThatIsMissing() throws {
        let folder = try TemporaryFolder()
        let name = "diffusion_pytorch_model-00002-of-00002.safetensors"
        for file in try FileManager.default.contentsOfDirectory(atPath: Fixture.root + "/bad/sharded_2") {
            guard file != name else { continue }
            try FileManager.default.copyItem(
                atPath: Fixture.root + "/bad/sharded_2/" + file, toPath: folder.path + "/" + file)
        }
        let found = ModelInspection.inspecting(folder.path, lookup: .init(), progress: Progress(quiet: true))
        #expect(!found.runs && found.problems.count == 1)
        #expect(found.problems[0].contains("\(name)\", which is not in its folder; download all the shards"))
    }

    @Test func whatIsNotThere() {
        let found = Self.inspect("nothing")
        #expect(!found.runs && found.problems.count == 1 && found.configuration == nil && found.folder == nil)
    }

    /// Programs read these keys.
    @Test(arguments: [
        "visible/value_small", "bad/st_missing_tensor", "bad/cfg_invalid_json", "nothing",
    ])
    func keys(path: String) throws {
        let text = JSONReport().text(Self.inspect(path))
        let json = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(json["runs"] is Bool && json["problems"] is [String] && json["notes"] is [String])
        for key in ["schema", "parameters", "lengths", "configuration", "missing", "misshapen", "unexpected"] {
            #expect(json[key] != nil, "\(key)")
        }
    }

    /// A network's lengths are those at which the planner plans.
    @Test(arguments: ["default_3level", "value_small", "resnet_1level", "noskip_down_only_odd", "dance5_small"])
    func lengths(name: String) throws {
        let folder = Fixture.root + "/visible/" + name
        let network = try ModelDirectory(folder).readConfiguration().network
        let model = try UNet1DModel(directory: folder)
        let lengths = try #require(RunningLengths(network, count: 5)).first
        #expect(!lengths.isEmpty)

        for length in 1...(lengths.last ?? 1) {
            let plan = try? model.plan(ForwardShape(batch: 1, length: length))
            #expect((plan != nil) == lengths.contains(length), "\(length)")
        }
    }
}
