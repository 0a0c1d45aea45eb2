import KernelDispatch
import UNet1D

extension CheckReport {
    /// Checks this machine. Takes seconds; uses every core. Ctrl-C ends it after the check at hand; the others are
    /// skipped.
    ///
    /// - Parameters:
    ///   - executable: a program that runs `ForwardsAlone` when its arguments are `ForwardsAlone.command` and a number of
    ///     workers; nil: there is none, and what needs a process of its own is skipped.
    ///   - quick: leaves out what takes long: whatever is timed.
    /// - Throws: what making the models and the workers throws.
    public static func making(executable: String?, quick: Bool, progress: Progress) throws(BenchError) -> CheckReport {
        Interruption.watch()
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
            return check.unlessInterrupted.result()
        }
        progress.say("checking promises: forwards in a process of their own")
        results += ForwardsAlone.results(executable: executable, usableCores: Topology.current.usableCores)
            .map(\.unlessInterrupted)
        progress.say("checking speed")
        let fastest = quick ? Check.skipped(.speed, "instruction set", "--quick") : Check.fastest()
        results.append(fastest.unlessInterrupted.result())
        progress.say("checking the machine")
        if quick || Interruption.isPending {
            results.append(Check.skipped(.machine, "steadiness", "--quick").unlessInterrupted.result())
        } else {
            results += MachineChecks.results(host: &host, progress: progress)
        }
        results.append(Check.hugePages().unlessInterrupted.result())
        progress.clear()
        return CheckReport(
            host: host, instructionSets: ISA.available.map(\.rawValue),
            multipliesBFloat: Implementation.best.multipliesBFloat, results: results,
            isInterrupted: results.contains { $0.outcome == Check.forestalled },
            seconds: Clock.milliseconds(since: start) / 1000)
    }
}

extension Check {
    /// A check that is not made.
    static func skipped(_ group: CheckGroup, _ name: String, _ reason: String) -> Check {
        Check(group, name) { () throws(BenchError) in .skipped(reason) }
    }

    /// The outcome of a check that a signal forestalled.
    static var forestalled: CheckOutcome { .skipped("\(Interruption.name) came first") }

    /// The check, as long as nobody pressed Ctrl-C.
    var unlessInterrupted: Check {
        Interruption.isPending ? Check(group, name) { () throws(BenchError) in Self.forestalled } : self
    }
}

extension CheckResult {
    /// The result; what went wrong after Ctrl-C, which a terminal sends to every process of a command, is skipped.
    fileprivate var unlessInterrupted: CheckResult {
        guard Interruption.isPending, case .error = outcome else { return self }
        return CheckResult(group: group, name: name, outcome: Check.forestalled)
    }
}
