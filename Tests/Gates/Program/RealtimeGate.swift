import ArgumentParser
import Glibc
import TestSupport
import UNet1D

/// Forwards in what RealtimeSanitizer takes for a real-time context, on the caller and, if they spin, on the workers, which
/// stay in it between tiles.
struct RealtimeGate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "realtime", abstract: "Forwards under LD_PRELOAD of RealtimeSanitizer's runtime.")

    @OptionGroup var forwards: PlainForwards

    func run() throws {
        let tensors = try forwards.fixture.requiredTensors()
        var session = try forwards.session(tensors)
        var output = [Float](repeating: .nan, count: session.plan.outputCount)
        var span = output.mutableSpan
        let planted = forwards.plant
        guard let symbol = dlsym(nil, "__rtsan_realtime_enter") else {
            stop("realtime: no sanitizer; load its runtime with LD_PRELOAD")
        }
        enterRealtime = unsafeBitCast(symbol, to: (@convention(c) () -> Void).self)
        session.pool.onEveryWorker { _ in enterRealtime() }
        enterRealtime()
        for _ in 0..<100 { session.forward(sample: tensors.sample.span, timestep: tensors.timestep, output: &span) }
        if planted { session.pool.onEveryWorker(allocateOnWorker) }
        // Dropping the session gives memory back.
        withExtendedLifetime(session) { leave(0) }
    }
}

// Written once, before the workers read it.
nonisolated(unsafe) private var enterRealtime: @convention(c) () -> Void = {}
