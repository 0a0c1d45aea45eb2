import ArgumentParser
import GateSystem
import TestSupport
import UNet1D

/// The first forwards, or gradients, that a process makes fault no page: no earlier session has touched anything.
struct FaultsGate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "faults", abstract: "Page faults of the first forwards or gradients of a process.")

    @OptionGroup var forwards: PlainForwards
    @Flag(help: "Outputs with their gradient.")
    var gradient = false

    func run() throws {
        let tensors = try forwards.fixture.requiredTensors()
        if gradient {
            var session = try forwards.gradientSession(tensors)
            let shape = session.plan.outputShape
            var slopes = [Float](repeating: .nan, count: tensors.sample.count)
            var slope = slopes.mutableSpan
            try measure(session.pool, outputs: shape.reduce(1, *)) { output in
                session.valueAndGradient(
                    sample: tensors.sample.span, timestep: tensors.timestep, output: &output, gradient: &slope)
            }
        } else {
            var session = try forwards.session(tensors)
            try measure(session.pool, outputs: session.plan.outputCount) { output in
                session.forward(sample: tensors.sample.span, timestep: tensors.timestep, output: &output)
            }
        }
    }

    private func measure(
        _ pool: WorkerPool, outputs: Int, _ compute: (inout MutableSpan<Float>) -> Void
    ) throws {
        var output = [Float](repeating: .nan, count: outputs)
        var span = output.mutableSpan
        let planted = forwards.plant
        _ = gate_page_faults()
        let before = gate_page_faults()
        compute(&span)
        let first = gate_page_faults()
        for _ in 0..<20 { compute(&span) }
        if planted { pool.onEveryWorker(touchNewPageOnWorker) }
        let after = gate_page_faults()
        if after.minor == before.minor && after.major == before.major { return }
        stop(
            "faults: \(forwards.fixture), \(forwards.isa.map { "\($0)" } ?? "the widest"), \(forwards.accuracy), \(forwards.kind), \(forwards.numa): "
                + "\(first.minor - before.minor) minor and \(first.major - before.major) major page faults in the first \(gradient ? "gradient" : "forward"), "
                + "\(after.minor - first.minor) and \(after.major - first.major) in later ones", status: 1)
    }
}
