@testable import BenchKit
import TestSupport
import Testing
import UNet1D

/// How much of a forward's traffic is local, on made-up machines.
@Suite struct LocalityTests {
    private func locality(_ profile: String, _ topology: String, threads: Int? = nil) throws -> PlanReport {
        var settings = Settings()
        settings.topology = topology
        settings.threads = threads
        let library = ProfileLibrary(environment: [:], executable: nil)
        let workload = try Workload(profile: profile, model: nil, flags: settings, library: library)
        let compute = try Compute(workload.settings, library: library)
        let outline = try workload.model.outline()
        return PlanReport(
            try workload.plan(outline, options: compute.options), outline: outline, workload: workload, compute: compute
        )
    }

    @Test(arguments: ["2x1", "2x4"])
    func danceIsMostlyLocal(topology: String) throws {
        let report = try locality("dance-64k", topology)
        let shares = Dictionary(uniqueKeysWithValues: report.locality.shares.map { ($0.policy, $0.local) })
        #expect(report.numa == "replicate" || report.numa == "interleave")
        #expect(try #require(shares["replicate"]) >= 0.8)
        #expect(try #require(shares["interleave"]) > #require(shares["off"]))
        #expect(report.plan.threads == (topology == "2x1" ? 2 : 8))
        #expect(report.locality.nodes == [0, 1])
        let sizes = report.locality.arenaBytes
        #expect(sizes.reduce(0, +) >= report.plan.arenaBytes && sizes.allSatisfy { $0 > report.plan.arenaBytes / 4 })
    }

    @Test func oneNodeIsLocal() throws {
        let report = try locality("hopper-h32-b1", "1x4")
        #expect(report.numa == "off")
        #expect(report.locality.shares.allSatisfy { abs($0.local - 1) < 1e-9 })
    }

    /// More workers than CPUs are bound to nothing.
    @Test func unboundWorkersKnowNothing() throws {
        let report = try locality("hopper-h32-b1", "2x1", threads: 3)
        #expect(report.locality.shares.isEmpty && report.numa == "interleave")
    }

    /// A folder with the files of a machine.
    @Test func foldersAreRead() throws {
        let folder = try TemporaryFolder()
        try folder.write("0-3", to: "sys/devices/system/cpu/online")
        try folder.write("0-1", to: "sys/devices/system/node/online")
        try folder.write("0-1", to: "sys/devices/system/node/node0/cpulist")
        try folder.write("2-3", to: "sys/devices/system/node/node1/cpulist")
        let topology = try Topology(option: folder.path)
        #expect(topology.nodes.map(\.cpus) == [[0, 1], [2, 3]] && topology.usableCores == 4)
    }

    @Test(arguments: ["", "2", "0x4", "2x", "x", "2x0", "65x1", "1x2000", "-1x2", "2x1x1", "/nowhere", "a x b"])
    func otherTopologiesAreRefused(text: String) {
        #expect(throws: BenchError.self) { try Topology(option: text) }
    }
}
