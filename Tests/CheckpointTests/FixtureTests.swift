import Foundation
import Testing

@testable import Checkpoint

/// Every checkpoint of the two sets is opened or refused as its manifest says.
@Suite struct FixtureTests {
    @Test(arguments: Fixtures.cases(Fixtures.bad))
    func badCheckpoint(_ fixture: Fixtures.Case) throws {
        let folder = Fixtures.bad.appending(path: fixture.name).path()
        switch Fixtures.open(folder) {
        case .success(let files):
            #expect(fixture.should != "reject", "opened, though it must be refused")
            // Whatever was accepted can be read to its last byte.
            for tensor in files.expectedTensors {
                let stored = try files.tensors.tensor(named: tensor.name)
                let bytes = try files.tensors.bytes(of: stored)
                #expect(bytes.count == tensor.count * stored.elementType.bits / 8)
            }
        case .failure(let error):
            #expect(fixture.should != "load", "refused: \(error)")
            #expect(error.isOneGoodLine, "\(error)")
            #expect(error.description.hasPrefix(folder))
        }
    }

    /// Cases of the visible set; its forward errors that depend on the shape are the planner's.
    static let visible = Fixtures.cases(Fixtures.visible)
    static let accepted = Set(visible.filter { $0.expect == "ok" }.map(\.dir)).sorted()
    static let refused = Set(visible.filter { $0.expect != "ok" }.map(\.dir)).subtracting(accepted).sorted()

    /// How notes on the configurations begin. The other fixtures have none, and no fixture has one on its tensors.
    private static let notes = [
        "awkward_channels": [fourierNote], "default_3level": [fourierNote], "kernel_perturbed": [fourierNote],
        "noskip_1level": [fourierNote], "noskip_down_only_odd": [fourierNote],
        "real_value_h32": ["out_channels is 14, which is ignored"],
        "time_unused": ["layers_per_block is 0, which is ignored", "no block reads the timestep"],
    ]
    /// Versions of diffusers differ in the width of the embedding, unless half the first width is its own 8 frequencies.
    private static let fourierNote = "the Fourier embedding has 16 values, as diffusers before 0.36 built it"

    @Test(arguments: accepted)
    func acceptedCheckpointHasExactlyTheExpectedTensors(_ name: String) throws {
        let files = try ModelDirectory(Fixtures.visible.appending(path: name).path()).open()
        #expect(Set(files.expectedTensors.map(\.name)) == Set(files.tensors.tensors.map(\.name)))
        #expect(Set(files.expectedTensors.map(\.name)).count == files.expectedTensors.count)
        let notes = Self.notes[name, default: []]
        #expect(files.notes.count == notes.count, "\(files.notes)")
        for (note, beginning) in zip(files.notes, notes) {
            #expect(note.hasPrefix(files.path + "/config.json: " + beginning), "\(note)")
        }
        for tensor in files.expectedTensors {
            #expect(try files.tensors.tensor(named: tensor.name).shape == tensor.shape)
            if tensor.role == .normGain || tensor.role == .normShift {
                #expect(tensor.name.contains("group_norm") || tensor.name.contains("_gn."))
            }
        }
    }

    @Test(arguments: refused)
    func refusedConfiguration(_ name: String) throws {
        let folder = Fixtures.visible.appending(path: name).path()
        #expect(throws: CheckpointError.self) { try ModelDirectory(folder).readConfiguration() }
        guard case .failure(let error) = Fixtures.open(folder) else {
            Issue.record("opened, though it must be refused")
            return
        }
        #expect(error.isOneGoodLine, "\(error)")
        #expect(error.description.hasPrefix(folder + "/config.json"), "\(error)")
    }

    /// Samples, timesteps and expected outputs of every case can be read.
    @Test(arguments: visible.filter { $0.io != nil })
    func inputsAndOutputs(_ fixture: Fixtures.Case) throws {
        let folder = Fixtures.visible.appending(path: fixture.dir)
        let io = try TensorFile(path: folder.appending(path: fixture.io ?? "").path())
        let sample = try io.floats(named: "sample")
        #expect(try io.tensor(named: "sample").count == sample.count)
        let timestep = try io.numbers(named: "timestep")
        #expect(timestep.values.count == timestep.shape.reduce(1, *))
        if timestep.elementType == .i64 {
            #expect(try io.integers(named: "timestep").map(Double.init) == timestep.values)
        }
        if fixture.expect == "ok" { #expect(try !io.floats(named: "expected").isEmpty) }
    }

    @Test func setsAreAsLargeAsTheyShouldBe() {
        #expect(Fixtures.cases(Fixtures.bad).count == 49)
        #expect(Self.accepted.count > 25)
        #expect(Self.refused.count > 10)
    }
}
