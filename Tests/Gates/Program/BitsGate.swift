import ArgumentParser
import CUNet1DSystem
import Glibc
import TestSupport
import UNet1D

/// Equal bits whoever computes, for some time: one to eight workers and sixteen, every way of waiting, both accuracies, every
/// instruction set, and pools on two made-up nodes under every policy and on a parallel-for of the gate's own. What goes on
/// beside it (busy threads, a process that is stopped and continued) comes from the script.
struct BitsGate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bits", abstract: "Equal bits for all numbers of workers and ways of waiting.")

    @Argument(help: "How long to go on, at least through every arrangement once.")
    var seconds: Int
    @Flag(help: "The plan follows the number of workers.")
    var plant = false

    private static let fixtures = ["dance5_small", "real_hopper_h32", "default_3level"]

    func run() throws {
        let limit = system_monotonic_nanoseconds() + UInt64(seconds) * 1_000_000_000
        let cases = try Self.fixtures.flatMap { name in
            let tensors = try Fixture.named(name).requiredTensors()
            let model = try UNet1DModel(directory: Fixture.named(name).directory)
            return try TestISA.all.flatMap { isa in
                try Accuracy.allCases.map { accuracy in
                    let options = Session.Options(isa: isa, accuracy: accuracy)
                    var session = try Session(
                        model: model, shape: tensors.shape, pool: Pools.pool(1), options: options)
                    return (name, tensors, model, options, tensors.run(&session).map(\.bitPattern))
                }
            }
        }
        let arranged = try ArrangedPool.all()
        var forwards = 0
        var rounds = 0
        while rounds == 0 || system_monotonic_nanoseconds() < limit {
            for kind in PoolKind.all {
                let pool = try kind.pool()
                for (name, tensors, model, wanted, expected) in cases {
                    var options = wanted
                    if plant && kind.workers == 3 { options.accuracy = wanted.accuracy == .fast ? .strict : .fast }
                    var session = try Session(model: model, shape: tensors.shape, pool: pool, options: options)
                    for _ in 0..<5 {
                        forwards += 1
                        if tensors.run(&session).map(\.bitPattern) == expected { continue }
                        stop("bits: other bits: \(name), \(wanted.isa!), \(wanted.accuracy), \(kind)", status: 1)
                    }
                }
            }
            for arrangement in arranged {
                for (name, tensors, model, wanted, expected) in cases {
                    var options = wanted
                    options.numa = arrangement.numa
                    var session = try Session(
                        model: model, shape: tensors.shape, pool: arrangement.pool, options: options)
                    forwards += 1
                    if tensors.run(&session).map(\.bitPattern) == expected { continue }
                    stop("bits: other bits: \(name), \(wanted.isa!), \(wanted.accuracy), \(arrangement)", status: 1)
                }
            }
            rounds += 1
        }
        print(
            "bits: \(forwards) forwards, \(cases.count) plans, \(PoolKind.all.count + arranged.count) pools, \(rounds) rounds: equal bits"
        )
    }
}
