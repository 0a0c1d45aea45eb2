import ArgumentParser
import TestSupport
import UNet1D

/// Forwards of a session on two workers, for ThreadSanitizer to watch. With `withoutBarrier` stages overlap, which it
/// must report.
struct RaceGate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "race", abstract: "Forwards on two workers, for ThreadSanitizer.")

    @Flag(help: "Stages overlap.")
    var withoutBarrier = false

    func run() throws {
        var options = WorkerPool.Options()
        options.pinned = false
        if withoutBarrier { options.tileOrder = .acrossStages }
        let pool = try WorkerPool(workers: 2, options: options)
        let fixture = Fixture.named("default_3level")
        let tensors = try fixture.requiredTensors()
        let model = try UNet1DModel(directory: fixture.directory)
        var session = try Session(
            model: model, shape: tensors.shape, pool: pool, options: Session.Options(isa: TestISA.all[0]))
        for _ in 0..<20 { _ = tensors.run(&session) }
        print("race: 20 forwards on 2 workers")
    }
}
