@testable import BenchKit
import Foundation
import Testing
import UNet1D

/// The measuring of a machine, with next to no time; what it finds is not looked at, but that it is a profile.
@Suite(.serialized) struct TuningTests {
    private static let tiny: TuningBudget = {
        var budget = TuningBudget()
        budget.probeNanoseconds = 1
        budget.cacheShares = [0.01]
        budget.crossoverWidths = [16]
        budget.crossoverLengths = [1, 4, 9]
        budget.crossoverPasses = 1
        budget.tileWorkloads = [TileWorkload(widths: [16, 32], batch: 2, length: 16, forwards: 1)]
        budget.tileRounds = 1
        return budget
    }()

    private func tuning(name: String? = nil, threads: Int) throws -> Tuning {
        var settings = Settings()
        settings.threads = threads
        return try Tuning.run(
            name: name, compute: Compute(settings, library: ProfileLibrary(folders: [])), budget: Self.tiny,
            progress: Progress(quiet: true))
    }

    @Test(arguments: [1, 2]) func givesAProfileThatCanBeReadAndUsed(threads: Int) throws {
        let tuning = try tuning(threads: threads)
        let machine = tuning.machine
        #expect(machine.cores == threads)
        #expect(machine.name == Tuning.defaultName(threads: threads))
        #expect(machine.name.hasSuffix("-\(threads)"))
        #expect(try MachineProfile(Array(machine.text.utf8), file: "tuned") == machine)
        for field in MachineField.all { #expect(field.accepts(field.value(in: machine)), "\(field.name)") }
        let profile = try Workload(
            profile: nil, model: nil, flags: Settings(), library: ProfileLibrary(folders: []))
        let plan = try profile.plan(try profile.model.outline(), options: Options(machine: machine))
        #expect(plan.machine == machine)
        #expect(tuning.text(file: "x.json").contains("--machine x.json"))
    }

    @Test func aNameIsTaken() throws {
        #expect(try tuning(name: "mine", threads: 1).machine.name == "mine")
        #expect(throws: BenchError.self) { try tuning(name: "no/name", threads: 1) }
    }

    /// Every size that is tried is one of a profile's, and may be what is tried.
    @Test func candidatesAreFields() throws {
        for candidates in TileCandidates.all {
            let field = try #require(MachineField.all.first { $0.section == "tiles" && $0.key == candidates.key })
            for value in candidates.values {
                #expect(field.accepts(Double(value)))
                #expect(field.value(in: .builtIn) != Double(value), "\(candidates.key): \(value) is built in")
            }
        }
    }

    @Test(arguments: [
        ("vendor_id\t: AuthenticAMD\ncpu family\t: 26\nmodel\t\t: 2\nmodel name\t: AMD EPYC\n", "zen5"),
        ("vendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t\t: 17\nmodel name\t: AMD EPYC\n", "zen4"),
        ("vendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t\t: 1\nmodel name\t: AMD EPYC\n", "zen3"),
        ("vendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 143\n", "sapphire-rapids"),
        ("vendor_id\t: Other\ncpu family\t: 6\nmodel\t\t: 1\nmodel name\t: Some (R) CPU @ 2.0\n", "some-r-cpu-2-0"),
        ("", "processor"),
    ])
    func processorsHaveShortNames(text: String, name: String) throws {
        let folder = try TemporaryFolder()
        try folder.write(text, to: "proc/cpuinfo")
        #expect(ProcessorCode.name(root: folder.path) == name)
        #expect(MachineProfile.isName(name))
    }

    @Test(arguments: [(1234.0, 1230.0), (9.4, 9), (57e9, 57e9), (129_412_345_678, 129e9)])
    func leadingDigitsAreKept(value: Double, rounded: Double) { #expect(Tuning.rounded(value) == rounded) }

    @Test func badFlagsAreRefusedBeforeAnythingIsMeasured() throws {
        try Command(["tune", "--name", "no/name"]).expectFailure(mention: "--name")
        try Command(["tune", "--threads", "0"]).expectFailure(mention: "--threads")
        try Command(["tune", "--output", "/no/such/folder/x.json"]).expectFailure(mention: "/no/such/folder")
    }

    /// The profiles of this package can be read, and bear their files' names.
    @Test func profilesOfThePackageAreValid() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Profiles/Machines").path
        for file in try FileManager.default.contentsOfDirectory(atPath: folder) where file.hasSuffix(".json") {
            let machine = try MachineProfile(file: folder + "/" + file)
            #expect(machine.name + ".json" == file)
            #expect(machine.text == (try String(contentsOfFile: folder + "/" + file, encoding: .utf8)))
        }
    }
}
