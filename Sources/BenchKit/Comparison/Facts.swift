/// What reports say of their runs beside the times: what must agree for times to be comparable, and what one compares.
enum Facts {
    /// The model, the shape, the precision and the machine.
    private static let agreed = [
        "model", "revision", "subfolder", "variant", "config", "parameters", "batch", "length", "precision", "host.cpu",
        "host.cores", "host.numa_nodes",
    ]
    /// Without these a file is no report of a run.
    private static let required = ["batch", "length", "precision", "host.cpu", "host.cores"]
    /// What is compared: builds, settings and what surrounds them.
    private static let compared = [
        "profile", "host.version", "plan_id", "threads", "isa", "accuracy", "numa", "machine", "spin_us", "period_ms",
        "cold", "timestep", "host.os",
    ]

    /// The facts of a report.
    ///
    /// - Throws: `BenchError.report` where one is missing without which there is nothing to compare.
    static func read(_ report: ReportFile) throws(BenchError) -> [ComparedRun.Fact] {
        for field in required where report[field] == nil {
            throw report.wrong(field, found: "nothing", expected: "what run --format json writes")
        }
        let isDebug = report.words("verdict.grade").map { $0 == Verdict.Grade.debug.rawValue ? "yes" : "no" }
        return (agreed + compared).map { ComparedRun.Fact(field: $0, value: report.words($0)) }
            + [ComparedRun.Fact(field: "debug build", value: isDebug)]
    }

    /// Checks that two runs may be compared.
    ///
    /// - Throws: `BenchError.incomparable` for the first fact that must agree and does not. What one of the reports
    ///   lacks is not judged.
    static func check(_ base: ComparedRun, _ other: ComparedRun) throws(BenchError) {
        for (one, two) in zip(base.facts, other.facts) where mustAgree(one, of: base) {
            if let found = one.value, let against = two.value, found != against {
                throw .incomparable(
                    field: one.field, base: base.name, found: found, other: other.name, against: against)
            }
        }
    }

    /// The facts in which runs differ, with the value of each run.
    static func differences(_ runs: [ComparedRun]) -> [(field: String, values: [String])] {
        guard let base = runs.first else { return [] }
        return base.facts.indices.compactMap { index in
            let values = runs.map { $0.facts[index].value ?? "unknown" }
            return values.allSatisfy { $0 == values[0] } ? nil : (base.facts[index].field, values)
        }
    }

    /// A profile is a model where no checkpoint is named.
    private static func mustAgree(_ fact: ComparedRun.Fact, of run: ComparedRun) -> Bool {
        if fact.field == "profile" { return run.facts.contains(ComparedRun.Fact(field: "model", value: "none")) }
        return agreed.contains(fact.field)
    }
}
