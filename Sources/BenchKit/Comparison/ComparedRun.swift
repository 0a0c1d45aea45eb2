import Checkpoint
import FoundationEssentials

/// One side of a comparison: a build or a setting, with the launches of it that were measured.
public struct ComparedRun: Sendable {
    /// What the report calls it: its file or folder, or the build's program.
    public var name: String
    /// What was run where: what must agree, and what may differ. In the order of `facts`.
    var facts: [Fact]
    /// One, or several with the same facts; each was a process of its own.
    var launches: [Launch]

    /// Something that a report says of its run.
    struct Fact: Sendable, Equatable {
        /// The member's name, dots between levels.
        let field: String
        /// The value in words; nil where the report lacks the member, as those of older builds do.
        let value: String?
    }

    /// What was measured from the start of a process to its end.
    struct Launch: Sendable {
        /// Milliseconds of every forward, in order.
        var samples: [Double]
        /// The probe's median in milliseconds; nil without a probe.
        var probe: Double? = nil
        /// CPUs that others kept busy; nil if unknown.
        var otherCPUs: Double? = nil
        /// CPUs that the hypervisor took away; nil if unknown.
        var stolenCPUs: Double? = nil
        /// Cores that the process might use; nil if unknown.
        var cores: Double? = nil
        /// Forwards during which a thread was switched out.
        var switchedOut = 0
    }

    /// The least forwards of a run that is compared with what was measured apart from it.
    static let leastSamples = 5
    /// The largest report that is read, in bytes: ten million samples fit.
    static let maximumFileBytes = 1 << 28

    /// What is known already.
    init(name: String, facts: [Fact] = [], launches: [Launch]) {
        self.name = name
        self.facts = facts
        self.launches = launches
    }

    /// Reads a report as `run --format json` writes it, or a folder of reports of several launches. Blocks on the disk.
    ///
    /// - Throws: `BenchError.file`; `BenchError.report` for a file that is no report, or has too few samples, and for a
    ///   folder without reports or with different ones.
    public init(path: String) throws(BenchError) {
        var isFolder = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder else {
            try self.init(reports: [path], name: path, leastSamples: Self.leastSamples)
            return
        }
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).filter {
            $0.hasSuffix(".json")
        }.sorted()
        if names.isEmpty {
            throw .report(file: path, field: "the folder", found: "no file that ends in .json", expected: "reports")
        }
        try self.init(reports: names.map { path + "/" + $0 }, name: path, leastSamples: Self.leastSamples)
    }

    /// Reads the reports of several launches of one build with the same settings. Blocks on the disk.
    ///
    /// - Throws: as the other initialiser.
    init(reports: [String], name: String, leastSamples: Int = 1) throws(BenchError) {
        self.name = name
        facts = []
        launches = []
        for (index, file) in reports.enumerated() {
            let report = try ReportFile(file)
            let facts = try Facts.read(report)
            if index == 0 { self.facts = facts }
            for (first, other) in zip(self.facts, facts) where first != other {
                throw .report(
                    file: file, field: other.field, found: other.value ?? "nothing",
                    expected: "\(first.value ?? "nothing") as in \(reports[0]): a folder has launches of one run")
            }
            launches.append(try Launch(report))
        }
        if samples.count < leastSamples {
            throw .report(
                file: name, field: "samples_ms", found: Figures.counted(samples.count, "value"),
                expected: "\(leastSamples) or more; measure more with --iterations or --duration")
        }
    }

    /// Every forward of every launch.
    var samples: [Double] { launches.flatMap(\.samples) }
}

extension ComparedRun.Launch {
    /// - Throws: `BenchError.report` where samples are missing or no times.
    init(_ report: ReportFile) throws(BenchError) {
        samples = try report.numbers("samples_ms")
        if samples.isEmpty { throw report.wrong("samples_ms", found: "no value", expected: "one or more") }
        probe = try report.number("probe.latency_ms.p50")
        otherCPUs = try report.number("interference.other_cpus")
        stolenCPUs = try report.number("interference.stolen_cpus")
        cores = try report.number("host.cores")
        switchedOut = Int(try report.number("switched_out") ?? 0)
    }
}
