import TestSupport

@testable import BenchKit
@testable import Checkpoint
@testable import Planning
@testable import UNet1D

/// What every error must say: one line of no great length.
func check(_ error: some Error) {
    let text = "\(error)"
    precondition(!text.isEmpty && text.utf8.count < 4096 && !text.utf8.contains(0x0A), text)
}

/// What every note must say.
func check(_ notes: [String]) {
    precondition(notes.allSatisfy { !$0.isEmpty && $0.utf8.count < 4096 && !$0.utf8.contains(0x0A) }, "\(notes)")
}

/// The text of a config.json: parsed, made a network, and planned.
func fuzzConfiguration(_ bytes: [UInt8]) {
    do {
        let (configuration, notes) = try UNet1DConfiguration.parse(bytes, file: "config.json")
        check(notes)
        let network = try Network(configuration, file: "config.json")
        check(network.notes(weights: nil, file: "config.json"))
        precondition(!network.tensors.isEmpty)
        let plan = try Plan(network: network, shape: ForwardShape(batch: 1, length: 32), options: Session.Options())
        precondition(plan.arenaBytes >= plan.arenaLowerBoundBytes)
    } catch {
        check(error)
    }
}

/// A valid configuration with edits that the bytes choose: plan, session, and one forward of a tiny length.
func fuzzEdits(_ bytes: [UInt8]) {
    var choices = Choices(bytes: bytes)
    let edited = EditedConfiguration(using: &choices)
    do {
        _ = try edited.run(weightBytes: 1 << 20, using: &choices)
    } catch {
        check(error)
    }
}

/// Numbers from an input, a byte each; zeros after its end.
private struct Choices: RandomNumberGenerator {
    let bytes: [UInt8]
    var position = 0

    /// The highest byte decides a number of a small range. The rest of it is such that no range draws twice.
    mutating func next() -> UInt64 {
        defer { position += 1 }
        return UInt64(position < bytes.count ? bytes[position] : 0) << 56 | 1 << 55
    }
}

/// The text of a machine profile, or of a workload.
func fuzzMachine(_ bytes: [UInt8]) {
    do {
        let machine = try MachineProfile(bytes, file: "machine.json")
        try machine.validate()
        let again = try MachineProfile(Array(machine.text.utf8), file: "machine.json")
        precondition(again == machine)
    } catch {
        check(error)
    }
    do {
        _ = try Profile(bytes, name: "workload.json", file: nil)
    } catch {
        check(error)
    }
}
