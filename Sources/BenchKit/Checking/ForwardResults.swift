import KernelDispatch
import UNet1D

extension Check {
    /// Whole forwards, fast and strict, beside a forward on the reference's kernels, which compute in Double.
    static func accuracy(_ implementation: Implementation, models: [CheckedModel]) -> Check {
        Check(.accuracy, implementation.name) { () throws(BenchError) in
            let pool = try WorkerPool.ofWorkers(1)
            var worst = (share: 0.0, text: "")
            for model in models {
                let expected = try model.reference(pool)
                for accuracy in Accuracy.allCases {
                    let found = try model.output(implementation, accuracy, pool)
                    let comparison = Verification(output: found, expected: expected, tolerance: nil)
                    let text = "\(model.name), \(accuracy.rawValue): off by \(scientific(comparison.maxError))"
                    if !comparison.passed {
                        return .failed("\(text), allowed \(scientific(comparison.tolerance))")
                    }
                    let share = comparison.maxError / comparison.tolerance
                    if share >= worst.share { worst = (share, text) }
                }
            }
            return .ok(
                "\(models.count) models, fast and strict, agree with the reference; worst \(worst.text), "
                    + "\(Figures.fixed(100 * worst.share, 1)) % of what is allowed")
        }
    }

    /// Equal bits for any number of workers, with every instruction set.
    static func bits(_ models: [CheckedModel], workers: [Int]) -> Check {
        Check(.promises, "equal bits") { () throws(BenchError) in
            var first: [[UInt32]] = []
            for count in workers {
                let pool = try WorkerPool.ofWorkers(count)
                var index = 0
                for model in models {
                    for implementation in Implementation.available {
                        for accuracy in Accuracy.allCases {
                            let bits = try model.output(implementation, accuracy, pool).map(\.bitPattern)
                            if index == first.count { first.append(bits) }
                            if bits != first[index] {
                                return .failed(
                                    "\(model.name), \(implementation.name), \(accuracy.rawValue): other bits with \(count) "
                                        + "workers than with \(workers[0])")
                            }
                            index += 1
                        }
                    }
                }
            }
            return .ok("the same with \(workers.map(String.init).joined(separator: ", ")) workers")
        }
    }

    /// A NaN in one element of a batch makes all of its output NaN, and does not reach the other's.
    static func notANumber() -> Check {
        Check(.promises, "NaN stays NaN") { () throws(BenchError) in
            let model = try CheckedModel("small-512-b1", batch: 2)
            let pool = try WorkerPool.ofWorkers(2)
            for implementation in Implementation.available {
                for accuracy in Accuracy.allCases {
                    let clean = try model.output(implementation, accuracy, pool)
                    var sample = model.sample
                    sample[sample.count / 2] = .nan
                    let found = try model.output(implementation, accuracy, pool, sample: sample)
                    let half = found.count / 2
                    let place = "\(model.name), \(implementation.name), \(accuracy.rawValue)"
                    if let index = found[half...].firstIndex(where: { !$0.isNaN }) {
                        return .failed("\(place): output \(index - half) of an element with a NaN is \(found[index])")
                    }
                    if zip(found, clean).prefix(half).contains(where: { $0.bitPattern != $1.bitPattern }) {
                        return .failed("\(place): a NaN changes another element of the batch")
                    }
                }
            }
            return .ok("in its element of a batch alone")
        }
    }

    /// Two digits and an exponent.
    private static func scientific(_ value: Double) -> String {
        guard value.isFinite, value > 0 else { return "\(value)" }
        var (digits, exponent) = (value, 0)
        while digits < 1 {
            digits *= 10
            exponent -= 1
        }
        while digits >= 10 {
            digits /= 10
            exponent += 1
        }
        return "\(Figures.fixed(digits, 1))e\(exponent)"
    }
}
