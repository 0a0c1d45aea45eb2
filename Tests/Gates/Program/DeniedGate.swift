import ArgumentParser
import Glibc
import TestSupport
import UNet1D
import Workers

/// Where the system refuses to place threads and memory, everything works as it does elsewhere, with the same bits, and the
/// report names each refusal. Runs under a filter, see Tests/Gates/deny.
struct DeniedGate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "denied", abstract: "What happens where the system refuses; under Tests/Gates/deny.")

    @Argument(help: "The error number with which the filter refuses.")
    var error: Int32

    func run() throws {
        var broken = 0
        func check(_ holds: Bool, _ promise: String) {
            if !holds {
                print("denied: broken: \(promise)")
                broken += 1
            }
        }
        let fixture = Fixture.named("default_3level")
        let tensors = try fixture.requiredTensors()
        var expected: [UInt32]?
        for policy in NUMAPolicy.allCases {
            for workers in [1, 2] {
                var options = WorkerPool.Options()
                // Two made-up nodes, so that there is something to place; CPUs 0 and 1 exist or are refused like others.
                options.topology = Topology(nodes: 2, coresEach: 1)
                let pool = try WorkerPool(workers: workers, options: options)
                let model = try UNet1DModel(directory: fixture.directory)
                var session = try Session(
                    model: model, shape: tensors.shape, pool: pool,
                    options: Session.Options(lockMemory: true, numa: policy))
                let output = tensors.run(&session)
                let bits = output.map(\.bitPattern)
                check(tensors.error(of: output) <= tensors.tolerance, "\(policy), \(workers) workers: agrees")
                check(bits == expected ?? bits, "\(policy), \(workers) workers: the same bits")
                expected = expected ?? bits

                let report = session.placement
                if workers > 1 {
                    check(report.pinningRefusal == error, "the refusal of pinning is reported")
                    check(report.cpusGranted.allSatisfy { $0 == nil }, "no worker is said to be bound")
                    check(report.cpusRequested.allSatisfy { $0 != nil }, "each worker was meant to be bound")
                }
                check(report.lock.requested && !report.lock.granted && report.lock.refusal == error, "mlock is refused")
                if report.numa != .off {
                    check(report.memory.refusal == error, "\(policy): the refusal of mbind is reported")
                    check(report.weights.refusal == error, "\(policy): the refusal of mbind for weights is reported")
                    check(report.memory.pagesRequested > 0, "\(policy): pages were asked for")
                    check(report.memory.queryRefusal == error, "\(policy): the refusal of move_pages is reported")
                    check(report.memory.pagesGranted == nil, "\(policy): nobody claims to know where pages lie")
                }
                // Copies gain nothing where workers are not bound; a caller alone counts as staying where it is.
                let settled = policy == .replicate && workers > 1 ? .interleave : policy
                if policy == .interleave || policy == .replicate {
                    check(report.numa == settled, "\(policy) comes to \(settled)")
                }
            }
        }
        print("denied: 8 sessions with error \(error), \(broken) promises broken")
        if broken > 0 { throw ExitCode(1) }
    }
}
