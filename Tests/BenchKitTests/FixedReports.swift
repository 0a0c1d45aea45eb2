import Memory
@testable import BenchKit
@testable import UNet1D

/// Reports with made-up figures, the same on every machine.
enum FixedReports {
    static let host = Host(
        cpu: "Example \"Nine\" 9000", cores: 4, numaNodes: 2, os: "Linux, kernel 6.1", version: "0.1.0",
        peakGflops: 400, bandwidthGBs: 40.5, cacheBandwidthGBs: 90)

    static let placement: PlacementReport = {
        var memory = NodeOutcome()
        memory.pagesRequested = 78
        memory.pagesGranted = 77
        memory.pagesByNode = [0: 39, 1: 39]
        var weights = NodeOutcome()
        weights.pagesRequested = 698
        weights.refusal = 1
        weights.queryRefusal = 38
        return PlacementReport(
            allowedCPUs: [0, 1, 2, 3, 8], quota: 2.5, usableCores: 2, cpusRequested: [0, 2], cpusGranted: [nil, 2],
            pinningRefusal: 0, hugePages: .init(requested: true, granted: true, refusal: 0), hugePageBytes: 2 << 20,
            lock: .init(requested: true, granted: false, refusal: 12), numaRequested: .auto, numa: .interleave,
            nodes: [0, 1],
            memory: memory, weights: weights, weightCopies: 1)
    }()

    static let workload = WorkloadSummary(
        profile: "small-512-b1", description: "A model for tests.", model: nil, seed: 7, parameters: 711_514,
        timestep: 0.5, notes: ["config.json: freq_shift is ignored"])

    static let summary = PlanSummary(
        id: "0123456789abcdef", sampleShape: [2, 2, 512], batch: 2, length: 512, timesteps: 1,
        outputShape: [2, 2, 512], threads: 2,
        isa: "avx2", machine: "built-in", accuracy: "fast", precision: "f32",
        rounding: .init(error: 6.25, direct: 1.5, fastest: 10.75, budget: 6.5, lowered: 13, convolutions: 33),
        weightsBytes: 2_857_536, arenaBytes: 300_032, arenaLowerBoundBytes: 299_008, scratchBytesPerWorker: 8192,
        stages: 2, multiplyAdds: 75_000_000, products: 30_000_000)

    static let schedule: Schedule = {
        var settings = Settings()
        settings.period = 20
        settings.cold = true
        settings.deadline = 2.5
        guard let schedule = try? Schedule(settings) else { preconditionFailure("no schedule") }
        return schedule
    }()

    static let measurement = Measurement(
        samples: [2, 1, 3, 2.25],
        forwards: Timings(
            latency: Statistics([2, 1, 3, 2.25]), switchedOut: 1,
            undisturbed: Statistics((0..<12).map { [2, 1, 2.25][$0 % 3] })),
        probe: ProbeFigures(
            timings: Timings(
                latency: Statistics([2, 2.5, 2, 2]), switchedOut: 0, undisturbed: Statistics([2, 2.5, 2, 2])),
            bytes: 3_000_000, multiplyAdds: 40_000_000),
        interference: Interference(otherCPUs: 0.25, stolenCPUs: 0, throttledPeriods: nil, cpuChanges: 3),
        firstForward: 4.5, elapsedSeconds: 0.08, heapAllocationsPerForward: nil, pageFaultsPerForward: 0,
        missedPeriods: 1, peakResidentBytes: 30_000_000, lateForwards: 1)

    static let loop = LoopFigures(
        scheduler: "IPNDMScheduler", steps: 50, latency: Statistics([102.5, 100, 101]),
        forwards: Statistics([100, 99, 100]), overForwards: 1.01, signalSeconds: 0.5)

    static let gradient = GradientFigures(
        latency: Statistics([5, 5.25, 6]), forwards: Statistics([2, 2.25, 2.5]), overForward: 2.4, arenaBytes: 600_064,
        arenaLowerBoundBytes: 590_000, keptBytes: 400_000, recomputedBytes: 350_000, weightBytes: 5_500_000)

    static let load: LoadFigures = {
        // Queries every 2 ms that take 1.5 ms; the second one takes 3.
        var loop = LoadLoop(arrivals: [0, 2_000_000, 4_000_000, 6_000_000])
        var now: UInt64 = 0
        loop.run(
            now: { now }, wait: { now = $0 }, serve: { now += now == 2_000_000 ? 3_000_000 : 1_500_000 })
        var figures = LoadFigures(.poisson, rate: 500, runs: [loop], deadline: 2.5)
        figures.search = RateSearch.Result(
            percentile: 99, deadline: 2.5, rate: 480, exceededRate: 500, queries: 2000,
            trials: [
                .init(rate: 480, queries: 2000, beyond: 3, latency: 2.25, isMet: true),
                .init(rate: 500, queries: 900, beyond: 13, latency: 4.5, isMet: false),
            ])
        return figures
    }()

    static let operations = [
        OperationSummary(
            stage: 0, name: "sample", kind: "gather", inputShape: [2, 2, 512], shape: [2, 512, 18], tiles: 4,
            multiplyAdds: 0, products: 0, bytesRead: 8192, weightBytes: 0, bytesWritten: 57_344, buffer: 0,
            arenaOffset: 64),
        OperationSummary(
            stage: 1, name: "down_blocks.0.resnets.0.conv_1", kind: "convolution", inputShape: [2, 512, 18],
            shape: [2, 512, 32], tiles: 4, multiplyAdds: 75_000_000, products: 30_000_000, bytesRead: 131_072,
            weightBytes: 65_536, bytesWritten: 65_536, buffer: 1, arenaOffset: 64),
    ]

    static let buffers: [PlanReport.Buffer] = [
        .init(offset: 64, bytes: 57_344, firstStage: 0, lastStage: 1),
        .init(offset: 150_016, bytes: 65_536, firstStage: 1, lastStage: 1),
    ]

    /// Two forwards of two operations with a stage each.
    static let recording = Recording(
        forwards: [(0, 1), (1250, 1.25)].map { start, scale in
            Recording.Forward(
                startMicroseconds: start,
                timeline: Timeline(
                    microseconds: 1000 * scale,
                    events: [
                        .init(
                            worker: 0, operation: 0, firstTile: 0, endTile: 4, startMicroseconds: 10,
                            endMicroseconds: 250 * scale),
                        .init(
                            worker: 0, operation: 1, firstTile: 0, endTile: 1, startMicroseconds: 260 * scale,
                            endMicroseconds: 500 * scale),
                        .init(
                            worker: 1, operation: 1, firstTile: 1, endTile: 4, startMicroseconds: 270 * scale,
                            endMicroseconds: 980 * scale),
                    ]))
        })

    static let run: Report = {
        var plan = summary
        plan.multiplyAdds = 100_000_000
        let bounds = Bounds(host, weightBytes: 2_857_536, arenaBytes: 300_032, cacheBytes: 1 << 20)
        return Report(
            workload: workload, plan: plan, schedule: schedule, spinMicroseconds: 100,
            preparation: PreparationFigures(loadMilliseconds: 12.5, planMilliseconds: 1.25, weightsBytes: 2_857_536),
            measurement: measurement, loop: loop, gradient: gradient, load: load,
            operations: zip(operations, [0.25, 0.75]).map { TimedOperation($0, milliseconds: $1, bounds: bounds) },
            buffers: buffers, recording: recording, placement: placement, host: host, bounds: bounds,
            warnings: [
                Warning(
                    text: "only 4 forwards measured", advice: "measure more with --iterations or --duration",
                    kind: .extent)
            ], origin: Origin(time: "2026-01-31T12:00:00Z", command: "unet1d-bench run --profile hopper-h32-b1"))
    }()

    static let checkpoint: Report = {
        var report = run
        report.workload.profile = nil
        report.workload.description = nil
        report.workload.model = "some/folder"
        report.workload.lookup.subfolder = "value_function"
        report.workload.lookup.variant = "fp16"
        report.workload.lengthReason = "the model's sample_size"
        report.workload.notes = []
        report.placement.cpusRequested = [0]
        report.placement.cpusGranted = [nil]
        report.placement.quota = nil
        report.placement.numa = .off
        report.placement.lock = .init(requested: false, granted: false, refusal: 0)
        report.placement.memory = NodeOutcome()
        report.placement.weights = NodeOutcome()
        report.plan.threads = 1
        report.plan.scratchBytesPerWorker = 16_384
        report.spinMicroseconds = nil
        report.schedule.period = nil
        report.schedule.cold = false
        report.schedule.deadline = nil
        report.measurement.take((0..<200).map { 1 + Double($0) / 1000 })
        report.measurement.forwards.switchedOut = 0
        report.measurement.forwards.undisturbed = report.latency
        report.measurement.probe?.timings.switchedOut = 2
        report.measurement.probe?.timings.undisturbed = Statistics(report.measurement.samples.map { 2 * $0 })
        report.measurement.interference = nil
        report.measurement.heapAllocationsPerForward = 0
        report.host.peakGflops = nil
        report.host.bandwidthGBs = nil
        report.host.cacheBandwidthGBs = nil
        report.bounds = nil
        report.loop = nil
        report.gradient = nil
        report.load = nil
        report.operations = []
        report.buffers = []
        report.recording = nil
        report.warnings = []
        return report
    }()

    static let sweep: Sweep = {
        var (first, second) = (run, checkpoint)
        second.workload.profile = first.workload.profile
        for row in [0, 1] {
            let samples = (0..<4).map { 1.5 + Double($0 + row) / 4 }
            if row == 0 { first.measurement.take(samples) } else { second.measurement.take(samples) }
        }
        return Sweep(
            parameters: ["threads", "spin"], runs: [first, second],
            failures: [.init(values: ["300", "0"], reason: "--threads: found 300, expected 1 to 256")], rounds: 10,
            isInterrupted: false, notes: ["a sentence about the sweep"])
    }()

    /// A build and a slower one that took turns, with one difference in settings.
    static let comparison: Comparison = {
        var machine = SyntheticMachine(seed: 3)
        var runs = machine.alternating(launches: 6, rounds: 4, turns: 5, ratio: 1.1)
        runs.base.facts = [.init(field: "threads", value: "1"), .init(field: "spin_us", value: "100")]
        runs.other.facts = [.init(field: "threads", value: "1"), .init(field: "spin_us", value: "0")]
        return Comparison(
            base: runs.base, others: [runs.other], turns: 5, slowerLimit: 5, bootstrap: BlockBootstrap(replicates: 200))
    }()

    static let plan = PlanReport(
        workload: workload, plan: summary, numa: "replicate",
        locality: Locality(
            nodes: [0, 1], workerNodes: [0, 1], bytes: 2_000_000,
            shares: [
                .init(policy: "off", local: 0.5), .init(policy: "interleave", local: 0.8125),
                .init(policy: "replicate", local: 1),
            ], arenaBytes: [151_552, 151_552]),
        operations: [
            OperationSummary(
                stage: 0, name: "sample", kind: "gather", inputShape: [2, 2, 512], shape: [2, 512, 18], tiles: 4,
                multiplyAdds: 0, products: 0, bytesRead: 8192, weightBytes: 0, bytesWritten: 65_536, buffer: 0,
                arenaOffset: 64, reason: "there was a choice"),
            OperationSummary(
                stage: 1, name: "scatter", kind: "scatter", inputShape: [2, 512, 2], shape: [2, 2, 512], tiles: 1,
                multiplyAdds: 75_000_000, products: 30_000_000, bytesRead: 65_536, weightBytes: 4096,
                bytesWritten: 8192, buffer: nil, arenaOffset: nil),
        ],
        buffers: [.init(offset: 64, bytes: 65_536, firstStage: 0, lastStage: 1)])
}

extension Measurement {
    /// Puts other times of forwards in place of these.
    mutating func take(_ milliseconds: [Double]) {
        samples = milliseconds
        forwards.latency = Statistics(milliseconds)
    }
}
