import KernelDispatch
import UNet1D

extension CheckReport {
    /// Checks this machine. Takes seconds; uses every core.
    ///
    /// - Parameters:
    ///   - executable: a program that runs `ForwardsAlone` when its arguments are `ForwardsAlone.command` and a number of
    ///     workers; nil: there is none, and what needs a process of its own is skipped.
    ///   - quick: leaves out what takes long: whatever is timed.
    /// - Throws: what making the models and the workers throws.
    public static func making(executable: String?, quick: Bool, progress: Progress) throws(BenchError) -> CheckReport {
        let start = Clock.now
        var host = Host.current()
        let models = try CheckedModel.all()
        let workers = CheckedModel.workerCounts(usable: Topology.current.usableCores)
        var checks = Implementation.available.map { Check.kernels($0) }
        checks += ISA.allCases.filter { !$0.isAvailable }.map { Check.missing($0) }
        checks += Implementation.available.map { Check.accuracy($0, models: models) }
        checks += [Check.bits(models, workers: workers), Check.notANumber()]
        var results = checks.map { check in
            progress.say("checking \(check.group.rawValue): \(check.name)")
            return check.result()
        }
        progress.say("checking promises: forwards in a process of their own")
        results += ForwardsAlone.results(executable: executable, usableCores: Topology.current.usableCores)
        progress.say("checking speed")
        results.append((quick ? Check.skipped(.speed, "instruction set", "--quick") : Check.fastest()).result())
        progress.say("checking the machine")
        if quick {
            results.append(Check.skipped(.machine, "steadiness", "--quick").result())
        } else {
            results += MachineChecks.results(host: &host, progress: progress)
        }
        results.append(Check.hugePages().result())
        progress.clear()
        return CheckReport(
            host: host, instructionSets: ISA.available.map(\.rawValue),
            multipliesBFloat: Implementation.best.multipliesBFloat, results: results,
            seconds: Clock.milliseconds(since: start) / 1000)
    }
}

extension Check {
    /// A check that is not made.
    static func skipped(_ group: CheckGroup, _ name: String, _ reason: String) -> Check {
        Check(group, name) { () throws(BenchError) in .skipped(reason) }
    }
}
