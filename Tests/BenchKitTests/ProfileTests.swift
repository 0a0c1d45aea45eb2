@testable import BenchKit
import Foundation
import Testing
import UNet1D

@Suite struct ProfileTests {
    private static let workloads = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Profiles/Workloads").path

    /// A profile's text, with some members put in place of the usual ones.
    private static func text(_ changes: String = "", name: String = "tiny", length: Int = 8) -> String {
        """
        {"schema": "unet1d-workload/1", "name": "\(name)", "description": "Tiny.", "batch": 1, "length": \(length),
         "timestep": 0.5, "seed": 1, "configuration": {"extra_in_channels": 16}\(changes)}
        """
    }

    @Test func compiledInProfilesAreTheFiles() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.workloads).sorted()
        var compiled = Dictionary(uniqueKeysWithValues: CompiledProfiles.all.map { ($0.name + ".json", $0.text) })
        #expect(names.contains(ProfileLibrary.defaultName + ".json"))
        for name in names {
            let text = try String(contentsOfFile: "\(Self.workloads)/\(name)", encoding: .utf8)
            let profile = try Profile(file: "\(Self.workloads)/\(name)")
            #expect(profile.name + ".json" == name)
            guard case .configuration = profile.model else { continue }
            #expect(compiled.removeValue(forKey: name) == text, "run Profiles/compile-in")
        }
        #expect(compiled.isEmpty)
    }

    @Test func everyProfileThatNeedsNoFileCanBePlanned() throws {
        let library = ProfileLibrary(folders: [])
        for entry in library.entries() {
            let work = try Workload(profile: entry.name, model: nil, flags: Settings(), library: library)
            let plan = try work.plan(try work.model.outline(), options: Session.Options())
            #expect(plan.sampleShape[0] == work.settings.batch)
            #expect(work.profile == entry.name)
        }
    }

    @Test func pathsComeBeforeFoldersAndTheseBeforeWhatIsCompiledIn() throws {
        let folder = try TemporaryFolder()
        try folder.write(Self.text(name: "small-512-b1", length: 1), to: "env/Workloads/small-512-b1.json")
        try folder.write(Self.text(name: "plain", length: 2), to: "env/plain.json")
        try folder.write(Self.text(name: "plain", length: 3), to: "root/Profiles/Workloads/plain.json")
        try folder.write(Self.text(name: "above", length: 4), to: "root/Profiles/Workloads/above.json")
        let path = try folder.write(Self.text(length: 5), to: "own.json")
        let library = ProfileLibrary(
            environment: ["UNET1D_PROFILES": folder.path + "/env"],
            executable: folder.path + "/root/.build/debug/unet1d-bench")
        for (name, length) in [("small-512-b1", 1), ("plain", 2), ("above", 4), (path, 5), ("small-8192-b1", 8192)] {
            #expect(try library.profile(name).length == length, "\(name)")
        }
        let names = library.entries().map(\.name)
        #expect(names == names.sorted())
        #expect(Set(["above", "plain", "small-8192-b1"]).isSubset(of: names))
        #expect(names.count == Set(names).count)
    }

    @Test func withoutFoldersTheCompiledInOnesAreThere() throws {
        let library = ProfileLibrary(environment: [:], executable: "/nowhere/unet1d-bench")
        #expect(library.folders.isEmpty)
        #expect(try library.profile(ProfileLibrary.defaultName).length == 8192)
        #expect(throws: BenchError.self) { try library.profile("no-such-profile") }
    }

    @Test(arguments: [
        ("{", "not valid JSON"), ("[]", "object"), ("{}", ":1: schema is missing, expected \"unet1d-workload/1\""),
        (text(#", "a\nb": 1"#), #"unknown key a\nb"#), (text(#", "options": {"a\nb": 1}"#), #"options.a\nb"#),
        (text(", \"e\(String(repeating: "\u{301}", count: 9000))\": 1"), "unknown key"),
        (text(#", "extra": 1"#), "extra"), (text(#", "model": "x""#), "both"),
        (text(",\n\"modle\": \"x\""), ":3: unknown key modle; did you mean model? keys: "),
        (
            text(",\n\"options\": {\n\"treads\": 1}"),
            ":4: unknown key options.treads; did you mean threads? keys: "
        ),
        (text(",\n\"options\": {\n\"threads\": 1.5}"), ":4: options.threads is 1.5, expected an integer"),
        (text(",\n\"batch\": 2"), ":3: the key batch is there twice"),
        (text().replacing("\"length\": 8", with: "\"length\":"), ":1: is not valid JSON: a value was expected"),
        (
            text().replacing(
                "{\"extra_in_channels\"", with: "{\n\"block_out_channels\": 3, \"extra_in_channels\""),
            ":3: configuration: block_out_channels is"
        ),
        (text(#", "options": {"colour": 1}"#), "unknown key options.colour; keys: "),
        (text(#", "options": {"threads": "two"}"#), "options.threads is \"two\", expected an integer"),
        (text(#", "options": []"#), "options"), (text(length: 0), "length"),
        (text().replacing("\"seed\": 1", with: "\"seed\": -1"), "seed"),
        (text().replacing("\"timestep\": 0.5", with: "\"timestep\": \"x\""), "timestep"),
        (text().replacing("{\"extra_in_channels\": 16}", with: "{\"block_out_channels\": 3}"), "block_out_channels"),
    ])
    func badProfilesAreRefusedWithTheFileAndTheField(text: String, mention: String) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(text, to: "bad.json")
        let error = #expect(throws: BenchError.self) { try Profile(file: path) }
        let message = error.map { "\($0)" } ?? ""
        #expect(message.contains(path) && message.contains(mention), "\(message)")
        #expect(!message.contains("\n") && message.utf8.count < 4096, "\(message)")
    }

    @Test func flagsWinOverOptionsAndTheseOverDefaults() throws {
        let folder = try TemporaryFolder()
        let options = #", "options": {"threads": 3, "isa": "generic", "spin": 7, "cold": true, "period": 2.5}"#
        let path = try folder.write(Self.text(options), to: "own.json")
        var flags = Settings()
        flags.threads = 1
        flags.length = 16
        let work = try Workload(profile: path, model: nil, flags: flags, library: ProfileLibrary(folders: []))
        let compute = try Compute(work.settings, library: work.library)
        let schedule = try Schedule(work.settings)
        #expect(compute.threads == 1)
        #expect(compute.options.isa == .generic)
        #expect(compute.pool.spinNanoseconds == 7000)
        #expect(schedule.cold)
        #expect(schedule.periodNanoseconds == 2_500_000)
        #expect(work.settings.length == 16)
        #expect(work.settings.batch == 1)
    }

    @Test func aModelFolderIsRelativeToTheProfilesFile() throws {
        let profile = try Profile(file: Self.workloads + "/ecg-512.json")
        guard case .checkpoint(let folder) = profile.model else {
            Issue.record("no folder")
            return
        }
        #expect(FileManager.default.fileExists(atPath: folder + "/model_index.json"))
    }
}
