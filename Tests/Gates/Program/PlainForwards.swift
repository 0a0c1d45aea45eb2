import ArgumentParser
import TestSupport
import UNet1D

/// Forwards of one session in a process of its own, for promises that only hold or break for a whole process.
struct PlainForwards: ParsableArguments {
    @Argument(help: "The name of a fixture.")
    var fixture: Fixture
    @Argument(help: "WORKERS:SPIN, the spin in microseconds or forever.")
    var kind: PoolKind
    @Option(help: "The instruction set; default: the widest of this machine.")
    var isa: ISA?
    @Option(help: "fast or strict.")
    var accuracy = Accuracy.fast
    @Option(help: "Memory placement.")
    var numa = NUMAPolicy.auto
    @Flag(help: "A worker does what the gate forbids.")
    var plant = false

    func validate() throws {
        if plant && kind.workers < 2 { throw ValidationError("--plant wants two workers or more.") }
    }

    func session(_ tensors: ForwardTensors) throws -> Session {
        try Session(
            model: UNet1DModel(directory: fixture.directory), shape: tensors.shape, pool: kind.pool(), options: options)
    }

    func gradientSession(_ tensors: ForwardTensors) throws -> GradientSession {
        try GradientSession(
            model: UNet1DModel(directory: fixture.directory), shape: tensors.shape, pool: kind.pool(), options: options)
    }

    private var options: Session.Options {
        Session.Options(isa: isa ?? ISA.available.last, accuracy: accuracy, numa: numa)
    }
}
