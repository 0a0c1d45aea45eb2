import ArgumentParser
import Glibc
import TestSupport
import UNet1D

/// Forwards with default options agree with the reference, on whichever instruction set the library picks: for
/// emulated processors that have fewer than this machine.
struct AgreementGate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agree", abstract: "Forwards by the instruction set that is picked.")

    @Option(help: "The instruction set that must be picked; default: any.")
    var isa: ISA?
    @Argument(help: "Names of fixtures.")
    var fixtures: [Fixture]

    func run() throws {
        var broken = 0
        for fixture in fixtures {
            let tensors = try fixture.requiredTensors()
            let model = try UNet1DModel(directory: fixture.directory)
            var session = try Session(model: model, shape: tensors.shape, pool: Pools.pool(2))
            let picked = session.plan.implementation.name
            let error = tensors.error(of: tensors.run(&session))
            let agrees = error <= tensors.tolerance && (isa?.rawValue ?? picked) == picked
            print(
                "agree: \(fixture) isa=\(picked) max_abs_error=\(error) tolerance=\(tensors.tolerance)",
                agrees ? "ok" : "FAIL")
            if !agrees { broken += 1 }
        }
        if broken > 0 { throw ExitCode(1) }
    }
}
