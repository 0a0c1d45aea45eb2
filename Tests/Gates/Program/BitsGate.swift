import ArgumentParser
import CUNet1DSystem
import Glibc
import TestSupport
import UNet1D

/// Equal bits of outputs, whoever computes, for some time: one to eight workers and sixteen, every way of waiting, both
/// accuracies, every precision and instruction set, and pools on two made-up nodes under every policy and on a parallel-for
/// of the gate's own. Gradients are compared in float32, on one instruction set for each model. What goes on beside it (busy
/// threads, a process that is stopped and continued) comes from the script.
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
        let cases = try Self.fixtures.enumerated().flatMap { index, name in
            let tensors = try Fixture.named(name).requiredTensors()
            let model = try UNet1DModel(directory: Fixture.named(name).directory)
            return try TestISA.all.enumerated().flatMap { place, isa in
                try Session.Options.ofEveryKind(isa: isa).map { options in
                    try Case(
                        name: name, tensors: tensors, model: model, options: options,
                        hasGradient: options.precision == .f32 && place == index % TestISA.all.count)
                }
            }
        }
        let arranged = try ArrangedPool.all()
        var forwards = 0
        var rounds = 0
        while rounds == 0 || system_monotonic_nanoseconds() < limit {
            for kind in PoolKind.all {
                let pool = try kind.pool()
                for each in cases {
                    var options = each.options
                    if plant && kind.workers == 3 { options.accuracy = options.accuracy == .fast ? .strict : .fast }
                    try each.check(pool, options, forwards: 5, gradients: 2, "\(kind)")
                    forwards += 5
                }
            }
            for arrangement in arranged {
                for each in cases {
                    var options = each.options
                    options.numa = arrangement.numa
                    try each.check(arrangement.pool, options, forwards: 1, gradients: 1, "\(arrangement)")
                    forwards += 1
                }
            }
            rounds += 1
        }
        print(
            "bits: \(forwards) forwards, with gradients, of \(cases.count) plans, \(PoolKind.all.count + arranged.count) pools, \(rounds) rounds: equal bits"
        )
    }
}

extension BitsGate {
    /// A plan, and the bits of one worker.
    fileprivate struct Case {
        let name: String
        let tensors: ForwardTensors
        let model: UNet1DModel
        let options: Session.Options
        let output: [UInt32]
        /// Nil: only outputs are compared.
        let gradient: [UInt32]?

        init(name: String, tensors: ForwardTensors, model: UNet1DModel, options: Session.Options, hasGradient: Bool)
            throws
        {
            self.name = name
            self.tensors = tensors
            self.model = model
            self.options = options
            let pool = Pools.pool(1)
            var session = try Session(model: model, shape: tensors.shape, pool: pool, options: options)
            output = tensors.run(&session).map(\.bitPattern)
            guard hasGradient else {
                gradient = nil
                return
            }
            var gradients = try GradientSession(model: model, shape: tensors.shape, pool: pool, options: options)
            gradient = tensors.run(&gradients).gradient.map(\.bitPattern)
        }

        func check(
            _ pool: WorkerPool, _ options: Session.Options, forwards: Int, gradients: Int, _ arrangement: String
        ) throws {
            var session = try Session(model: model, shape: tensors.shape, pool: pool, options: options)
            for _ in 0..<forwards where tensors.run(&session).map(\.bitPattern) != output {
                stop("bits: other bits: \(self), \(arrangement)", status: 1)
            }
            guard let gradient else { return }
            var slopes = try GradientSession(model: model, shape: tensors.shape, pool: pool, options: options)
            for _ in 0..<gradients {
                let found = tensors.run(&slopes)
                if found.output.map(\.bitPattern) == output, found.gradient.map(\.bitPattern) == gradient { continue }
                stop("bits: other bits: the gradient of \(self), \(arrangement)", status: 1)
            }
        }
    }
}

extension BitsGate.Case: CustomStringConvertible {
    var description: String { "\(name), \(options.isa!), \(options.accuracy)" }
}
