import Checkpoint
import Foundation
import TestSupport
import Testing

/// `--model` and what says which model is meant, as every command that opens one takes them.
@Suite(.serialized) struct LookupCommandTests {
    /// A cache of the hub with one repository, of a planner in `unet` and a value function; the latter's weights are a variant.
    private static func withCache(_ body: (_ environment: [String: String], _ folder: TemporaryFolder) throws -> Void)
        throws
    {
        let folder = try TemporaryFolder()
        let repository = folder.path + "/hub/models--someone--planner"
        try folder.write("abc123", to: "hub/models--someone--planner/refs/main")
        for (name, fixture, stem) in [
            ("unet", "resnet_1level", "diffusion_pytorch_model"),
            ("value_function", "value_small", "diffusion_pytorch_model.fp32"),
        ] {
            let place = repository + "/snapshots/abc123/" + name
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
            for (from, to) in [
                ("config.json", "config.json"), ("diffusion_pytorch_model.safetensors", stem + ".safetensors"),
            ] {
                try FileManager.default.copyItem(
                    atPath: Fixture.named(fixture).directory + "/" + from, toPath: place + "/" + to)
            }
        }
        try body(["HF_HUB_CACHE": folder.path + "/hub", "UNET1D_PROFILES": folder.path], folder)
    }

    private static func tensors(_ fixture: String) -> String {
        let fixture = Fixture.named(fixture)
        return fixture.directory + "/" + (fixture.io ?? "")
    }

    private static let value = [
        "--model", "someone/planner", "--subfolder", "value_function", "--variant", "fp32", "--revision", "abc123",
    ]

    @Test func verifyAndForwardTakeRepositories() throws {
        try Self.withCache { environment, folder in
            let planner = try Command(
                ["verify", "--model", "someone/planner", "--tensors", Self.tensors("resnet_1level")],
                environment: environment)
            #expect(planner.status == 0, "\(planner.errors)")
            let value = try Command(
                ["verify", "--tensors", Self.tensors("value_small")] + Self.value, environment: environment)
            #expect(value.status == 0, "\(value.errors)")
            let output = folder.path + "/out.safetensors"
            let forward = try Command(
                ["forward", "--tensors", Self.tensors("value_small"), "--output", output] + Self.value,
                environment: environment)
            #expect(forward.status == 0, "\(forward.errors)")
            #expect(try TensorFile(path: output).tensor(named: "sample").shape.count == 2)
        }
    }

    @Test(arguments: ["run", "plan"]) func runAndPlanTakeRepositories(command: String) throws {
        try Self.withCache { environment, _ in
            let measured = command == "run" ? ["--iterations", "1", "--warmup", "0", "--threads", "1"] : []
            let result = try Command(
                [command, "--format", "json"] + Self.value + measured, environment: environment)
            #expect(result.status == 0, "\(result.errors)")
            let json = try JSONReader.read(Array(result.output.utf8), file: "report")
            #expect(json["model"] == .string("someone/planner") && json["subfolder"] == .string("value_function"))
            #expect(json["variant"] == .string("fp32") && json["revision"] == .string("abc123"))
            #expect(json["config"] == .null)
            let text = try Command([command] + Self.value + measured, environment: environment)
            #expect(text.output.contains("(revision abc123, subfolder value_function, variant fp32)"), "\(text.output)")
        }
    }

    /// A file of weights has no configuration beside it.
    @Test func aFileOfWeightsTakesAConfiguration() throws {
        let fixture = Fixture.named("resnet_1level")
        let folder = try TemporaryFolder()
        let weights = folder.path + "/last.safetensors"
        try FileManager.default.copyItem(
            atPath: fixture.directory + "/diffusion_pytorch_model.safetensors", toPath: weights)
        let arguments = ["verify", "--model", weights, "--tensors", Self.tensors("resnet_1level")]
        try Command(arguments).expectFailure(mention: weights)
        let verify = try Command(arguments + ["--config", fixture.directory + "/config.json"])
        #expect(verify.status == 0, "\(verify.errors)")
        let plan = try Command(["plan", "--model", weights, "--config", fixture.directory + "/config.json"])
        #expect(plan.status == 0, "\(plan.errors)")
    }

    /// What a profile says of its own checkpoint says nothing of the one that a flag names.
    @Test func profilesNameModelsToo() throws {
        try Self.withCache { environment, folder in
            func profile(_ model: String, _ options: String) -> String {
                """
                {"schema": "unet1d-workload/1", "name": "own", "description": "Own.", "batch": 1, "length": 8,
                 "timestep": 0, "seed": 1, "model": "\(model)", "options": {\(options)}}
                """
            }
            let options = #""subfolder": "value_function", "variant": "fp32""#
            try folder.write(profile("someone/planner", options), to: "Workloads/own.json")
            let own = try Command(["plan", "--profile", "own", "--format", "json"], environment: environment)
            let json = try JSONReader.read(Array(own.output.utf8), file: "plan")
            #expect(json["output_shape"] == .array([.integer(1), .integer(1)]), "\(own.errors)")
            let other = try Command(
                ["plan", "--profile", "own", "--model", "someone/planner", "--format", "json"], environment: environment
            )
            let plan = try JSONReader.read(Array(other.output.utf8), file: "plan")
            #expect(plan["subfolder"] == .null && plan["length_reason"] == .null, "\(other.errors)")

            let weights = folder.path + "/Workloads/last.safetensors"
            let fixture = Fixture.named("resnet_1level").directory
            try FileManager.default.copyItem(
                atPath: fixture + "/diffusion_pytorch_model.safetensors", toPath: weights)
            try FileManager.default.copyItem(
                atPath: fixture + "/config.json", toPath: folder.path + "/Workloads/last.json")
            try folder.write(profile("last.safetensors", #""config": "last.json""#), to: "Workloads/own.json")
            let single = try Command(["plan", "--profile", "own"], environment: environment)
            #expect(single.status == 0, "\(single.errors)")
        }
    }

    @Test(arguments: [
        (["plan", "--subfolder", "vae"], "--subfolder: found vae without a checkpoint"),
        (["run", "--profile", "hopper-h32-b1", "--config", "c"], "--config: found c without a checkpoint"),
        (["plan", "--model", "someone/planner", "--revision", "v2"], "has no revision \"v2\""),
        (["plan", "--model", "someone/planner", "--subfolder", "vae"], "unet, value_function"),
        (["verify", "--model", "someone/planner", "--variant", "fp8", "--tensors", "x"], "fp8"),
        (["plan", "--model", "someone/else"], "no such repository in the cache"),
        (["plan", "--model", "x", "--config", ""], "--config ''"),
        (["forward", "--model", "x", "--variant", "", "--tensors", "x", "--output", "x"], "--variant ''"),
    ])
    func refusals(arguments: [String], mention: String) throws {
        try Self.withCache { environment, _ in
            try Command(arguments, environment: environment).expectFailure(mention: mention)
        }
    }
}
