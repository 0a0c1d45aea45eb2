/// Reports for programs. Keys are added, never renamed; figures that are not known are null.
public struct JSONReport: ReportWriter {
    /// A writer.
    public init() {}

    /// Schema `unet1d-bench/1`.
    public func text(_ report: Report) -> String {
        JSONText.object([
            ("schema", .string(Report.schema)),
            ("plan_id", .string(report.planID)),
            ("profile", .optional(report.profile)),
            ("model", .optional(report.model)),
            ("seed", .integer(Int(clamping: report.seed))),
            ("parameters", .integer(report.parameters)),
            ("batch", .integer(report.batch)),
            ("length", .integer(report.length)),
            ("timestep", .number(report.timestep)),
            ("threads", .integer(report.threads)),
            ("isa", .string(report.isa)),
            ("machine", .string(report.machine)),
            ("numa", .string(report.numa)),
            ("accuracy", .string(report.accuracy)),
            ("precision", .string(report.precision)),
            ("spin_us", report.spinMicroseconds.map { .integer($0) } ?? .string("forever")),
            ("period_ms", .optional(report.period)),
            ("cold", .bool(report.cold)),
            ("deadline_ms", .optional(report.deadline)),
            ("deadline_misses", .optional(report.deadlineMisses)),
            ("missed_periods", .integer(report.missedPeriods)),
            ("iterations", .integer(report.samples.count)),
            ("elapsed_s", .number(report.elapsedSeconds)),
            ("latency_ms", latency(report.latency)),
            ("switched_out", .integer(report.switchedOut)),
            ("undisturbed_latency_ms", report.undisturbed.map(latency) ?? .null),
            ("probe", probe(report.probe)),
            ("interference", interference(report.interference)),
            (
                "throughput",
                .object([
                    ("forwards_per_second", .number(report.forwardsPerSecond)),
                    ("samples_per_second", .number(report.samplesPerSecond)),
                    ("gflops_effective", .number(report.gflopsEffective)),
                ])
            ),
            ("load_ms", .number(report.loadMilliseconds)),
            ("plan_ms", .number(report.planMilliseconds)),
            ("first_forward_ms", .number(report.firstForwardMilliseconds)),
            ("weights_bytes", .integer(report.weightsBytes)),
            ("arena_bytes", .integer(report.arenaBytes)),
            ("arena_lower_bound_bytes", .integer(report.arenaLowerBoundBytes)),
            ("scratch_bytes", .integer(report.scratchBytes)),
            ("huge_page_bytes", .optional(report.hugePageBytes)),
            ("peak_rss_bytes", .integer(report.peakResidentBytes)),
            ("heap_allocations_per_forward", .optional(report.heapAllocationsPerForward)),
            ("page_faults_per_forward", .number(report.pageFaultsPerForward)),
            ("host", host(report.host)),
            ("placement", placement(report.placement)),
            ("bound", bound(report)),
            ("warnings", .array(report.warnings.map { .string("\($0.text); \($0.advice)") })),
            ("notes", .array(report.notes.map { .string($0) })),
            ("operations", .array(report.operations.map { operation($0, report.bound(of: $0)) })),
            ("samples_ms", .array(report.samples.map { .number($0) })),
        ]).text() + "\n"
    }

    private func latency(_ latency: Statistics) -> JSONText {
        .object([
            ("min", .number(latency.min)),
            ("mean", .number(latency.mean)),
            ("p50", .number(latency.p50)),
            ("p90", .number(latency.p90)),
            ("p99", .optional(latency.p99)),
            ("p999", .optional(latency.p999)),
            ("max", .number(latency.max)),
            ("stddev", .optional(latency.stddev)),
        ])
    }

    private func probe(_ probe: ProbeFigures?) -> JSONText {
        guard let probe else { return .null }
        return .object([
            ("latency_ms", latency(probe.latency)),
            ("switched_out", .integer(probe.switchedOut)),
            ("undisturbed_latency_ms", probe.undisturbed.map(latency) ?? .null),
            ("bytes", .integer(probe.bytes)),
            ("multiply_adds", .integer(probe.multiplyAdds)),
        ])
    }

    private func interference(_ found: Interference?) -> JSONText {
        guard let found else { return .null }
        return .object([
            ("other_cpus", .optional(found.otherCPUs)),
            ("stolen_cpus", .optional(found.stolenCPUs)),
            ("throttled_periods", .optional(found.throttledPeriods)),
            ("cpu_changes", .integer(found.cpuChanges)),
        ])
    }

    private func host(_ host: Host) -> JSONText {
        .object([
            ("cpu", .string(host.cpu)),
            ("cores", .integer(host.cores)),
            ("numa_nodes", .integer(host.numaNodes)),
            ("os", .string(host.os)),
            ("version", .string(host.version)),
            ("peak_gflops", .optional(host.peakGflops)),
            ("bandwidth_gbs", .optional(host.bandwidthGBs)),
            ("cache_bandwidth_gbs", .optional(host.cacheBandwidthGBs)),
        ])
    }

    /// The whole forward beside the bounds of its operations.
    private func bound(_ report: Report) -> JSONText {
        guard let bounds = report.bounds else { return .null }
        return .object([
            ("operations_ms", .optional(report.operationsBound)),
            ("forward_ratio", .optional(report.forwardOverBound)),
            ("peak_gflops", .number(bounds.peakGflops)),
            ("weights_from", .string(bounds.weightsFrom.rawValue)),
            ("weights_gbs", .number(bounds.bandwidth(bounds.weightsFrom))),
            ("activations_from", .string(bounds.activationsFrom.rawValue)),
            ("activations_gbs", .number(bounds.bandwidth(bounds.activationsFrom))),
        ])
    }

    private func operation(_ operation: Report.OperationFigures, _ bound: Bounds.Bound?) -> JSONText {
        .object([
            ("name", .string(operation.name)),
            ("kind", .string(operation.kind)),
            ("follower_kind", .optional(operation.follower)),
            ("shape", .array(operation.shape.map { .integer($0) })),
            ("milliseconds", .number(operation.milliseconds)),
            ("gflops", .number(operation.gflops)),
            ("products", .integer(operation.products)),
            ("bytes", .integer(operation.bytes)),
            ("bound_ms", .optional(bound?.milliseconds)),
            ("bound_share", .optional(bound.map { $0.milliseconds / operation.milliseconds })),
            ("bound_by", .optional(bound?.limit.rawValue)),
        ])
    }
}
