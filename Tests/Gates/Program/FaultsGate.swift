import ArgumentParser
import GateSystem
import TestSupport
import UNet1D

/// The first forwards that a process makes fault no page: no earlier session has touched anything.
struct FaultsGate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "faults", abstract: "Page faults of the first forwards of a process.")

    @OptionGroup var forwards: PlainForwards

    func run() throws {
        let tensors = try forwards.fixture.requiredTensors()
        var session = try forwards.session(tensors)
        var output = [Float](repeating: .nan, count: session.plan.outputCount)
        var span = output.mutableSpan
        let planted = forwards.plant
        _ = gate_page_faults()
        let before = gate_page_faults()
        session.forward(sample: tensors.sample.span, timestep: tensors.timestep, output: &span)
        let first = gate_page_faults()
        for _ in 0..<20 { session.forward(sample: tensors.sample.span, timestep: tensors.timestep, output: &span) }
        if planted { session.pool.onEveryWorker(touchNewPageOnWorker) }
        let after = gate_page_faults()
        if after.minor == before.minor && after.major == before.major { return }
        stop(
            "faults: \(forwards.fixture), \(session.plan.implementation.name), \(forwards.accuracy), \(forwards.kind), \(forwards.numa): "
                + "\(first.minor - before.minor) minor and \(first.major - before.major) major page faults in the first forward, "
                + "\(after.minor - first.minor) and \(after.major - first.major) in later ones", status: 1)
    }
}
