extension Report: ReportRecord {
    /// Schema `unet1d-bench/1`.
    public static var fields: [Field<Report>] {
        subject + run + times + memory + [
            Field("host", \.host), Field("placement", \.placement), bound, Field("warnings", \.warnings), .notes,
            Field("operations", \.operations), Field("timeline", \.timeline),
            Field("samples_ms", .milliseconds, \.measurement.samples),
        ]
    }

    private static var subject: [Field<Report>] {
        [
            Field("schema") { _ in schema }, Field("time", \.origin.time), Field("command", \.origin.command),
            Field("verdict", \.verdict), .planID, .profile, .model,
        ] + Field.lookup + [
            Field("seed") { Int(clamping: $0.workload.seed) }, .parameters, Field("batch", \.plan.batch),
            Field("length", \.plan.length), .lengthReason, Field("timestep", \.workload.timestep),
        ]
    }

    private static var run: [Field<Report>] {
        [
            .threads, .isa, .machine, Field("numa", \.placement.numa.rawValue), .accuracy, .precision,
            Field("spin_us", .microseconds) { $0.spinMicroseconds?.fieldValue ?? "forever".fieldValue },
            Field("period_ms", .milliseconds, \.schedule.period), Field("cold", \.schedule.cold),
            Field("deadline_ms", .milliseconds, \.schedule.deadline), Field("deadline_misses", \.deadlineMisses),
            Field("missed_periods", \.measurement.missedPeriods), Field("iterations", \.latency.count),
            Field("elapsed_s", .seconds, \.measurement.elapsedSeconds), Field("interrupted", \.isInterrupted),
        ]
    }

    private static var times: [Field<Report>] {
        Timings.fields.of(\.measurement.forwards) + [
            Field("percentiles", \.schedule.percentiles),
            Field("probe", \.measurement.probe), Field("interference", \.measurement.interference),
            Field(
                "throughput",
                [
                    Field("forwards_per_second", \.forwardsPerSecond),
                    Field("samples_per_second", \.samplesPerSecond),
                    Field("gflops_effective", .gflops, \.gflopsEffective),
                ]),
            Field("load_ms", .milliseconds, \.preparation.loadMilliseconds),
            Field("plan_ms", .milliseconds, \.preparation.planMilliseconds),
            Field("first_forward_ms", .milliseconds, \.measurement.firstForward), Field("loop", \.loop),
            Field("gradient", \.gradient), Field("load", \.load),
        ]
    }

    private static var memory: [Field<Report>] {
        [
            Field("weights_bytes", .bytes, \.preparation.weightsBytes), .arenaBytes, .arenaLowerBoundBytes,
            .scratchBytes, Field("huge_page_bytes", .bytes, \.placement.hugePageBytes),
            Field("peak_rss_bytes", .bytes, \.measurement.peakResidentBytes),
            Field("heap_allocations_per_forward", \.measurement.heapAllocationsPerForward),
            Field("page_faults_per_forward", \.measurement.pageFaultsPerForward),
        ]
    }

    /// The whole forward beside the bounds of its operations.
    private static var bound: Field<Report> {
        let whole: [Field<Report>] = [
            Field("operations_ms", .milliseconds, \.operationsBound), Field("forward_ratio", \.forwardOverBound),
        ]
        return Field("bound") { report in
            report.bounds.map { FieldValue.object(whole.values(of: report) + Bounds.fields.values(of: $0)) }
        }
    }
}
