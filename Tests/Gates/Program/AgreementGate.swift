import Glibc
import TestSupport
import UNet1D

/// Forwards with default options agree with the reference, on whichever instruction set the library picks: for
/// emulated processors that have fewer than this machine.
struct AgreementGate {
    /// The instruction set that must be picked; nil: any.
    let expectedISA: String?
    let fixtures: [String]

    func run() throws {
        var broken = 0
        for name in fixtures {
            guard let fixture = Fixture.numeric.first(where: { $0.name == name }), let tensors = try fixture.tensors()
            else { stop("agree: no fixture \(name)") }
            let model = try UNet1DModel(directory: fixture.directory)
            var session = try Session(model: model, shape: tensors.shape, pool: Pools.pool(2))
            let isa = session.plan.implementation.name
            let error = tensors.error(of: tensors.run(&session))
            let agrees = error <= tensors.tolerance && (expectedISA ?? isa) == isa
            print(
                "agree: \(name) isa=\(isa) max_abs_error=\(error) tolerance=\(tensors.tolerance)",
                agrees ? "ok" : "FAIL")
            if !agrees { broken += 1 }
        }
        if broken > 0 { exit(1) }
    }
}
