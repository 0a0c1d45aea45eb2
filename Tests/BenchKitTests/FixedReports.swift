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

    static let run = Report(
        planID: "0123456789abcdef", profile: "small-512-b1", description: "A model for tests.", model: nil, seed: 7,
        parameters: 711_514, batch: 2, length: 512, timestep: 0.5, threads: 2, isa: "avx2", machine: "built-in",
        numa: "interleave", placement: placement,
        accuracy: "fast", precision: "f32", spinMicroseconds: 100, period: 20, cold: true, deadline: 2.5,
        samples: [2, 1, 3, 2.25], switchedOut: 1,
        undisturbed: Statistics([2, 1, 2.25]),
        probe: ProbeFigures(
            latency: Statistics([2, 2.5, 2, 2]), switchedOut: 0, undisturbed: Statistics([2, 2.5, 2, 2]),
            bytes: 3_000_000, multiplyAdds: 40_000_000),
        interference: Interference(otherCPUs: 0.25, stolenCPUs: 0, throttledPeriods: nil, cpuChanges: 3),
        elapsedSeconds: 0.08, missedPeriods: 1, multiplyAdds: 100_000_000,
        loadMilliseconds: 12.5, planMilliseconds: 1.25, firstForwardMilliseconds: 4.5, weightsBytes: 2_857_536,
        arenaBytes: 300_032, arenaLowerBoundBytes: 299_008, scratchBytes: 16_384, hugePageBytes: 0,
        peakResidentBytes: 30_000_000,
        heapAllocationsPerForward: nil, pageFaultsPerForward: 0,
        operations: [
            .init(
                name: "sample", kind: "gather", shape: [2, 512, 18], milliseconds: 0.25, multiplyAdds: 0, products: 0,
                bytes: 65_536,
                weightBytes: 0),
            .init(
                name: "down_blocks.0.resnets.0.conv_1", kind: "convolution", shape: [2, 512, 32], milliseconds: 0.75,
                multiplyAdds: 75_000_000, products: 30_000_000, bytes: 196_608, weightBytes: 65_536),
        ],
        host: host,
        bounds: Bounds(host, weightBytes: 2_857_536, arenaBytes: 300_032, cacheBytes: 1 << 20),
        warnings: [
            .init(text: "only 4 forwards measured", advice: "measure more with --iterations or --duration")
        ],
        notes: ["config.json: freq_shift is ignored"])

    static let checkpoint: Report = {
        var report = run
        report.profile = nil
        report.description = nil
        report.model = "some/folder"
        report.numa = "off"
        report.placement.cpusRequested = [0]
        report.placement.cpusGranted = [nil]
        report.placement.quota = nil
        report.placement.numa = .off
        report.placement.lock = .init(requested: false, granted: false, refusal: 0)
        report.placement.memory = NodeOutcome()
        report.placement.weights = NodeOutcome()
        report.threads = 1
        report.spinMicroseconds = nil
        report.period = nil
        report.cold = false
        report.deadline = nil
        report.samples = (0..<200).map { 1 + Double($0) / 1000 }
        report.switchedOut = 0
        report.undisturbed = report.latency
        report.probe?.switchedOut = 2
        report.probe?.undisturbed = Statistics(report.samples.map { 2 * $0 })
        report.interference = nil
        report.heapAllocationsPerForward = 0
        report.host.peakGflops = nil
        report.host.bandwidthGBs = nil
        report.host.cacheBandwidthGBs = nil
        report.bounds = nil
        report.operations = []
        report.warnings = []
        report.notes = []
        return report
    }()

    static let plan = PlanReport(
        planID: "0123456789abcdef", profile: "small-512-b1", model: nil, parameters: 711_514, sampleShape: [2, 2, 512],
        timesteps: 1, outputShape: [2, 2, 512], threads: 2, isa: "avx2", machine: "built-in",
        numa: "replicate",
        locality: Locality(
            nodes: [0, 1], workerNodes: [0, 1], bytes: 2_000_000,
            shares: [
                .init(policy: "off", local: 0.5), .init(policy: "interleave", local: 0.8125),
                .init(policy: "replicate", local: 1),
            ], arenaBytes: [151_552, 151_552]),
        accuracy: "fast",
        rounding: .init(error: 6.25, direct: 1.5, fastest: 10.75, budget: 6.5, lowered: 13, convolutions: 33),
        precision: "f32", weightsBytes: 2_857_536, arenaBytes: 300_032, arenaLowerBoundBytes: 299_008,
        scratchBytesPerWorker: 8192, stages: 2, multiplyAdds: 75_000_000, products: 30_000_000,
        notes: ["config.json: freq_shift is ignored"],
        operations: [
            .init(
                stage: 0, name: "sample", kind: "gather", inputShape: [2, 2, 512], shape: [2, 512, 18], tiles: 4,
                multiplyAdds: 0, products: 0, bytesRead: 8192, weightBytes: 0, bytesWritten: 65_536, buffer: 0,
                arenaOffset: 64,
                reason: "there was a choice"),
            .init(
                stage: 1, name: "scatter", kind: "scatter", inputShape: [2, 512, 2], shape: [2, 2, 512], tiles: 1,
                multiplyAdds: 75_000_000, products: 30_000_000, bytesRead: 65_536, weightBytes: 4096,
                bytesWritten: 8192, buffer: nil, arenaOffset: nil),
        ],
        buffers: [.init(offset: 64, bytes: 65_536, firstStage: 0, lastStage: 1)])
}
