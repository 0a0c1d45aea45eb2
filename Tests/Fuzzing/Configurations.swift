import Foundation
import TestSupport

@testable import BenchKit
@testable import Checkpoint
@testable import Planning
@testable import UNet1D

/// The text of a config.json: parsed, made a network, planned; saved and read again; inspected in a folder.
func fuzzConfiguration(_ bytes: [UInt8]) {
    examine(bytes)
    do {
        let json = try JSONReader.read(bytes, file: "config.json")
        let network = try ModelFamily.parse(json, file: "config.json").family.network()
        let plan = try Plan(network: network, shape: ForwardShape(batch: 1, length: 32), options: Session.Options())
        require(plan.arenaBytes >= plan.arenaLowerBoundBytes, "an arena below its bound")
    } catch {
        check(error)
    }
}

/// A valid configuration with edits that the bytes choose: plan, session, and one forward of a tiny length; saved and read
/// again; inspected in a folder.
func fuzzEdits(_ bytes: [UInt8]) {
    var choices = Choices(bytes)
    let edited = EditedConfiguration(using: &choices)
    do {
        _ = try edited.run(weightBytes: 1 << 20, using: &choices)
    } catch {
        check(error)
    }
    examine(Array(edited.text.utf8))
}

/// A model's folder, whose only tensor tells the number of frequencies.
private let folder: InputFolder = {
    let folder = InputFolder("model")
    do {
        try SafetensorsWriter.write(
            [WritableTensor(name: "time_proj.weight", shape: [8], values: Array(repeating: 1, count: 8))],
            to: folder.path + "/diffusion_pytorch_model.safetensors")
    } catch {
        fatalError("\(error)")
    }
    return folder
}()

/// What is done with a config.json besides planning.
private func examine(_ text: [UInt8]) {
    do {
        let json = try JSONReader.read(text, file: "config.json")
        let (family, notes) = try ModelFamily.parse(json, file: "config.json")
        check(notes)
        let network = try family.network(file: "config.json")
        require(!network.tensors.isEmpty, "a network without tensors")
        check(network.notes(weights: nil, file: "config.json"))
        save(network, keeping: json)
        save(network, keeping: nil)
    } catch {
        check(error)
    }
    folder.hold(text, as: "config.json")
    inspect(folder.path)
}

/// Saves a network's configuration, which must describe the same network.
private func save(_ network: Network, keeping original: JSONValue?) {
    let (json, notes) = network.savedConfiguration(keeping: original)
    check(notes)
    do {
        let read = try JSONReader.read(Array(json.text().utf8), file: "saved")
        let again = try ModelFamily.parse(read, file: "saved").family.network(file: "saved")
        require(again.tensors == network.tensors, "other tensors")
        require(again.sampleChannels == network.sampleChannels, "other channels")
    } catch {
        fatalError("a saved configuration is refused: \(error)")
    }
}

/// Inspects what a path names, and writes what was found in every format.
func inspect(_ path: String) {
    let found = ModelInspection.inspecting(path, lookup: ModelLookup(), progress: Progress(quiet: true))
    check(found.notes)
    check(found.problems)
    require(found.runs == found.problems.isEmpty || !found.nonFinite.isEmpty, "\(found.problems)")
    for format in ModelInspection.formats { require(!format.writer.text(found).isEmpty, "an empty report") }
}

/// The text of a machine profile, or of a workload.
func fuzzMachine(_ bytes: [UInt8]) {
    do {
        let machine = try MachineProfile(bytes, file: "machine.json")
        try machine.validate()
        let again = try MachineProfile(Array(machine.text.utf8), file: "machine.json")
        require(again == machine, "another profile: \(machine.text)")
    } catch {
        check(error)
    }
    do {
        _ = try Profile(bytes, name: "workload.json", file: nil)
    } catch {
        check(error)
    }
}
