import ArgumentParser
import Foundation
import TestSupport

/// What the scripts of Tests/Gates run, a subcommand for each promise.
struct Gates: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unet1d-gates",
        abstract: "What the gate scripts run.",
        discussion: "Exit status: 0 the promise is kept, 1 it is broken, 2 the gate could not be run.",
        subcommands: [
            AgreementGate.self, BitsGate.self, CallsGate.self, CheckpointMaker.self, DeniedGate.self, FaultsGate.self,
            FixtureNames.self, ForwardServer.self, GradientsGate.self, PoliciesGate.self, HeapGate.self, IdleGate.self,
            InstructionSetNames.self, LifetimesGate.self, LoadGate.self, LoadTimes.self, LoopsGate.self, NodesGate.self,
            NoiseGate.self, OverflowGate.self, PlannersGate.self, RaceGate.self, RealtimeGate.self, SessionsGate.self,
            StarvationGate.self,
            SystemCallsGate.self, TraceCost.self,
        ])

    func run() throws { throw ValidationError("Missing expected subcommand.") }
}

/// Ends the program with a line on standard error.
func stop(_ message: String, status: Int32 = 2) -> Never {
    FileHandle.standardError.write(Data("unet1d-gates: \(message)\n".utf8))
    exit(status)
}

/// What the scripts go through.
struct FixtureNames: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fixtures", abstract: "Prints the names of the fixtures.")

    func run() { for fixture in Fixture.numeric { print(fixture.name) } }
}

/// What the scripts go through.
struct InstructionSetNames: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "isas", abstract: "Prints the names of this machine's instruction sets.")

    func run() { for isa in TestISA.all { print(isa.rawValue) } }
}
