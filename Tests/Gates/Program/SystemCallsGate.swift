import ArgumentParser
import CSystemCallFilter
import Glibc
import TestSupport
import UNet1D

/// A thousand forwards, and a hundred that are recorded, under a filter that ends the process at the first system call.
struct SystemCallsGate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "syscalls", abstract: "A thousand forwards that die of a system call.")

    @OptionGroup var forwards: PlainForwards

    func run() throws {
        let tensors = try forwards.fixture.requiredTensors()
        var session = try forwards.session(tensors)
        var output = [Float](repeating: .nan, count: session.plan.outputCount)
        let expected = tensors.run(&session)
        let planted = forwards.plant
        let trace = try session.prepareTrace(forwards: 100)
        var differing = 0
        var span = output.mutableSpan
        let refusal = system_call_filter_begin()
        guard refusal == 0 else { stop("syscalls: no filter: error \(refusal)") }
        for _ in 0..<1000 { session.forward(sample: tensors.sample.span, timestep: tensors.timestep, output: &span) }
        for _ in 0..<100 {
            session.forward(sample: tensors.sample.span, timestep: tensors.timestep, output: &span, trace: trace)
        }
        if planted { session.pool.onEveryWorker(callSystemOnWorker) }
        for index in 0..<span.count where span[index].bitPattern != expected[index].bitPattern { differing += 1 }
        // Dropping the session gives memory back.
        withExtendedLifetime(session) { leave(differing == 0 ? 0 : 1) }
    }
}

/// Ends the process and nothing else; not `Never`, so that what comes after it keeps what is needed until then.
func leave(_ status: Int32) { _exit(status) }
