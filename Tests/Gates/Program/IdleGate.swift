import ArgumentParser
import Glibc
import TestSupport
import UNet1D

/// A pool that has nothing to do uses no processor time once its workers have spun: less than a thousandth of a CPU, over ten
/// seconds, all threads of the process together.
struct IdleGate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "idle", abstract: "Processor time of pools that have nothing to do.")

    @Flag(help: "Workers spin forever.")
    var plant = false

    private static let seconds: UInt32 = 10
    private static let allowedShare = 0.001

    func run() throws {
        let fixture = Fixture.named("default_3level")
        let tensors = try fixture.requiredTensors()
        let model = try UNet1DModel(directory: fixture.directory)
        var options = WorkerPool.Options()
        if plant { options.spinNanoseconds = .max }
        let pools = try [2, 4].map { try WorkerPool(workers: $0, options: options) }
        for pool in pools {
            var session = try Session(model: model, shape: tensors.shape, pool: pool)
            for _ in 0..<20 { _ = tensors.run(&session) }
        }
        // The spin is 100 µs; workers that share a CPU with others get to it late.
        sleep(1)
        let before = processorSeconds()
        sleep(Self.seconds)
        let share = (processorSeconds() - before) / Double(Self.seconds)
        let isIdle = share < Self.allowedShare
        let percent = (share * 1e6).rounded() / 1e4
        print("idle: pools of 2 and 4 workers used \(percent) % of a CPU in \(Self.seconds) s, allowed 0.1 %")
        withExtendedLifetime(pools) {}
        if !isIdle { throw ExitCode(1) }
    }

    /// The processor time of all threads of the process, to the nanosecond.
    private func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
