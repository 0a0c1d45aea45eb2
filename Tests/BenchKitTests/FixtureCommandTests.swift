import Checkpoint
import Foundation
import KernelDispatch
import TestSupport
import Testing
import UNet1D

/// The fixtures through the built command.
@Suite(.serialized) struct FixtureCommandTests {
    /// A fixture on an instruction set.
    struct Case: Sendable, CustomStringConvertible {
        let fixture: Fixture
        let isa: ISA

        var description: String { "\(fixture) \(isa)" }

        /// Every fixture, with instruction sets in turn. Forwards of each fixture on each set are tests of the library.
        static let all: [Case] = Fixture.numeric.enumerated().map { index, fixture in
            Case(fixture: fixture, isa: ISA.available[index % ISA.available.count])
        }
    }

    @Test(arguments: Case.all) func verifyWithAnyNumberOfWorkers(_ test: Case) throws {
        let fixture = test.fixture
        let atol = try #require(fixture.suggestedAtol)
        let commands = try Command.atOnce(
            Pools.counts.map { threads in
                [
                    "verify", "--model", fixture.directory, "--tensors", fixture.directory + "/" + (fixture.io ?? ""),
                    "--isa", test.isa.rawValue, "--threads", "\(threads)", "--tolerance", "\(atol)",
                ]
            })
        #expect(commands.count == Pools.counts.count)
        for (threads, command) in zip(Pools.counts, commands) {
            #expect(command.status == 0, "\(threads) workers: \(command.output)\(command.errors)")
            let line = /max_abs_error=\S+ max_abs_expected=\S+ tolerance=\S+ ok\n/
            #expect(command.output.wholeMatch(of: line) != nil, "\(threads) workers: \(command.output)")
            #expect(command.errors.isEmpty)
        }
        // The number of workers decides no bits.
        #expect(Set(commands.map(\.output)).count == 1)
    }

    @Test func beyondTheToleranceTheStatusIsOne() throws {
        let fixture = Fixture.named("awkward_channels")
        let command = try Command([
            "verify", "--model", fixture.directory, "--tensors", fixture.directory + "/" + (fixture.io ?? ""),
            "--tolerance", "0",
        ])
        #expect(command.status == 1)
        #expect(command.output.hasSuffix("FAIL\n"))
        #expect(command.errors.isEmpty)
    }

    @Test(arguments: Fixture.refused) func refused(fixture: Fixture) throws {
        let folder = try TemporaryFolder()
        let io = fixture.io.map { fixture.directory + "/" + $0 } ?? folder.path + "/none.safetensors"
        try Command(["verify", "--model", fixture.directory, "--tensors", io]).expectFailure()
        try Command([
            "forward", "--model", fixture.directory, "--tensors", io, "--output", folder.path + "/out",
        ]).expectFailure()
        #expect(folder.contents.isEmpty)
    }

    @Test(arguments: BadFixture.all) func bad(fixture: BadFixture) throws {
        let other = Fixture.named("resnet_1level")
        let io = fixture.has_io ? fixture.directory + "/io.safetensors" : other.directory + "/" + (other.io ?? "")
        let tolerance = fixture.suggested_atol.map { ["--tolerance", "\($0)"] } ?? []
        let folder = try TemporaryFolder()
        // Where no output is known, whatever loads must run.
        let command = try Command(
            fixture.has_io
                ? ["verify", "--model", fixture.directory, "--tensors", io] + tolerance
                : [
                    "forward", "--model", fixture.directory, "--tensors", io, "--output",
                    folder.path + "/out.safetensors",
                ])
        if fixture.should == "load" { #expect(fixture.has_io && fixture.suggested_atol != nil) }
        switch fixture.should {
        case "reject": command.expectFailure(mention: fixture.directory)
        case "load": #expect(command.status == 0, "\(command.errors)")
        default: if command.status != 0 { command.expectFailure(mention: fixture.directory) }
        }
    }

    @Test(arguments: [1, 2]) func forwardWritesTheLibrarysBits(threads: Int) throws {
        let fixture = Fixture.named("dance5_small")
        let tensors = try #require(try fixture.tensors())
        let model = try UNet1DModel(directory: fixture.directory)
        var session = try Session(model: model, shape: tensors.shape, pool: Pools.pool(1))
        let expected = tensors.run(&session)

        let folder = try TemporaryFolder()
        let path = folder.path + "/out.safetensors"
        let command = try Command([
            "forward", "--model", fixture.directory, "--tensors", tensors.file.path, "--output", path, "--threads",
            "\(threads)",
        ])
        #expect(command.status == 0, "\(command.errors)")
        #expect(command.output.isEmpty && command.errors.isEmpty)
        #expect(folder.contents == ["out.safetensors"])
        let written = try TensorFile(path: path)
        #expect(try written.tensor(named: "sample").shape == session.plan.outputShape)
        #expect(try written.floats(named: "sample").map(\.bitPattern) == expected.map(\.bitPattern))
    }

    @Test func nothingIsHalfWritten() throws {
        let fixture = Fixture.named("resnet_1level")
        let io = fixture.directory + "/" + (fixture.io ?? "")
        let folder = try TemporaryFolder()
        try folder.write("kept", to: "folder/file")
        for output in [folder.path + "/missing/out", folder.path + "/folder"] {
            try Command(["forward", "--model", fixture.directory, "--tensors", io, "--output", output])
                .expectFailure(mention: output)
        }
        #expect(folder.contents == ["folder"])
        // What was there stays when the input is bad.
        let kept = folder.path + "/folder/file"
        try Command(["forward", "--model", fixture.directory, "--tensors", kept, "--output", kept])
            .expectFailure(mention: kept)
        #expect(try String(contentsOfFile: kept, encoding: .utf8) == "kept")
    }

    @Test func aModelsFileStaysAndAnOutputIsReplaced() throws {
        let fixture = Fixture.named("resnet_1level")
        let io = fixture.directory + "/" + (fixture.io ?? "")
        let folder = try TemporaryFolder()
        let weights = try folder.write("weights", to: "model/diffusion_pytorch_model.safetensors")
        let configuration = try folder.write("{}", to: "model/config.json")
        let forward = ["forward", "--model", fixture.directory, "--tensors", io, "--output"]
        for file in [weights, configuration] {
            for command in [forward, ["run", "--profile", "hopper-h32-b1", "--output"]] {
                try Command(command + [file]).expectFailure(mention: "a file of a model is there")
            }
        }
        #expect(try String(contentsOfFile: weights, encoding: .utf8) == "weights")
        #expect(try String(contentsOfFile: configuration, encoding: .utf8) == "{}")
        let output = try folder.write("an older output", to: "out.safetensors")
        let again = try Command(forward + [output])
        #expect(again.status == 0, "\(again.errors)")
        let signal = try folder.write("an older signal", to: "model/ecg.csv")
        let model = Fixture.root + "/../../Profiles/Models/ecg-512"
        let generated = try Command(["generate", model, "--steps", "1", "--quiet", "--output", signal])
        #expect(generated.status == 0, "\(generated.errors)")
        #expect(try TensorFile(path: output).tensor(named: "sample").shape.count == 3)
    }

    @Test func anExpectedOutputOfAnotherShapeIsNamed() throws {
        let fixture = Fixture.named("resnet_1level")
        let tensors = try #require(try fixture.tensors())
        let folder = try TemporaryFolder()
        let path = folder.path + "/io.safetensors"
        try SafetensorsWriter.write(
            [
                WritableTensor(name: "sample", shape: tensors.sampleShape, values: tensors.sample),
                WritableTensor(name: "timestep", shape: [1], values: [5]),
                WritableTensor(name: "expected", shape: [1], values: [0]),
            ], to: path)
        try Command(["verify", "--model", fixture.directory, "--tensors", path]).expectFailure(mention: "expected")
    }
}

/// A damaged or odd model folder: an entry of Tests/Fixtures/bad/manifest.json.
struct BadFixture: Decodable, Sendable, CustomStringConvertible {
    let name: String
    let dir: String
    let should: String
    let has_io: Bool
    let suggested_atol: Double?

    var description: String { name }
    var directory: String { Fixture.root + "/bad/" + dir }

    static let all: [BadFixture] = {
        struct Manifest: Decodable { let cases: [BadFixture] }
        let path = Fixture.root + "/bad/manifest.json"
        guard let data = FileManager.default.contents(atPath: path),
            let manifest = try? JSONDecoder().decode(Manifest.self, from: data)
        else { preconditionFailure("cannot read \(path)") }
        return manifest.cases
    }()
}
