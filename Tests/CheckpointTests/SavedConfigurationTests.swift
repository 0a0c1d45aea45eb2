import Foundation
import Testing

@testable import Checkpoint

/// The config.json of a saved model.
@Suite struct SavedConfigurationTests {
    /// Every published and found configuration reads back as what it was.
    @Test func configurationsReadBack() throws {
        for fixture in Fixtures.cases(Fixtures.visible) where fixture.expect == "ok" {
            let read = try ModelDirectory(Fixtures.visible.appending(path: fixture.dir).path()).readConfiguration()
            let (json, notes) = read.network.savedConfiguration(keeping: nil)
            let text = Array(json.text().utf8)
            var again = try UNet1DConfiguration.parse(text, file: "config.json").configuration
            #expect(again.diffusersVersion != nil)
            var before = read.network.configuration
            if before.diffusersVersion == nil { again.diffusersVersion = nil }
            if !notes.isEmpty { before.timeEmbeddingDim = 2 * read.network.fourierFrequencies }
            #expect(again == before, "\(fixture)")
        }
    }

    /// The text of values and the version stay as they were written; what was missing is added.
    @Test func valuesKeepTheirText() throws {
        let text = """
            {"_class_name": "X", "_diffusers_version": "0.30.2.dev0", "act_fn": "Swish", "down_block_types": \
            ["DownResnetBlock1D"], "up_block_types": [], "mid_block_type": "MidResTemporalBlock1D", "freq_shift": 1, \
            "block_out_channels": [8], "use_timestep_embedding": true, "time_embedding_type": "positional", \
            "norm_num_groups": 5, "_use_default_values": ["norm_num_groups"], "unknown": 3, "layers_per_block": 2, \
            "layers_per_block": 1}
            """
        let json = try JSONReader.read(Array(text.utf8), file: "x")
        let network = try Network(UNet1DConfiguration.parse(json, file: "x").configuration)
        let (saved, notes) = network.savedConfiguration(keeping: json)
        #expect(notes.isEmpty)
        #expect(saved["_class_name"] == .string("UNet1DModel"))
        #expect(saved["_diffusers_version"] == .string("0.30.2.dev0"))
        #expect(saved["act_fn"] == .string("Swish"))
        #expect(saved["freq_shift"] == .integer(1))
        #expect(saved["norm_num_groups"] == .integer(8))
        #expect(saved["layers_per_block"] == .integer(1))
        #expect(saved["sample_size"] == .integer(65536))
        #expect(saved["unknown"] == nil)
        #expect(saved["time_embedding_dim"] == nil)
        var keys: [String] = []
        if case .object(let members) = saved { keys = members.map(\.key) }
        let fields = UNet1DConfiguration.fieldNames.subtracting(["time_embedding_dim"])
        #expect(keys == fields.union(["_class_name", "_diffusers_version"]).sorted())
    }

    /// Unused fields may hold anything: what is not flat gives way, so that what is saved is no larger than what was read.
    @Test func valuesOfAnyDepthAreNotKept() throws {
        let deep = String(repeating: "[", count: 50) + "1" + String(repeating: "]", count: 50)
        let text = """
            {"sample_size": [\([String](repeating: deep, count: 1000).joined(separator: ","))], "sample_rate": {"a": 1}, \
            "flip_sin_to_cos": [[]], "norm_num_groups": [1, "é", null], "extra_in_channels": 16}
            """
        let json = try JSONReader.read(Array(text.utf8), file: "x")
        let network = try Network(UNet1DConfiguration.parse(json, file: "x").configuration)
        let saved = network.savedConfiguration(keeping: json).json
        #expect(saved["sample_size"] == .integer(65536))
        #expect(saved["sample_rate"] == network.configuration.sampleRate.map { .integer($0) } ?? .null)
        #expect(saved["flip_sin_to_cos"] == .bool(true))
        #expect(saved["norm_num_groups"] == .array([.integer(1), .string("é"), .null]))
        #expect(saved.text().utf8.count < 2000)
        #expect(try JSONReader.read(Array(saved.text().utf8), file: "x") == saved)
    }

    /// Configurations without a version get the reference's, or the first that builds and runs the network.
    @Test func versions() throws {
        var configuration = ModelWriterTests.configuration
        func version(_ configuration: UNet1DConfiguration, frequencies: Int? = nil) throws -> JSONValue? {
            try Network(configuration, fourierFrequencies: frequencies).savedConfiguration(keeping: nil)
                .json["_diffusers_version"]
        }
        #expect(try version(configuration) == .string("0.26.3"))
        configuration.downsampleEachBlock = true
        #expect(try version(configuration) == .string("0.32.0"))
        configuration.diffusersVersion = DiffusersVersion(0, 40)
        #expect(try version(configuration) == .string("0.40.0"))
        let audio = UNet1DConfiguration(extraInChannels: 64)
        #expect(try version(audio) == .string("0.26.3"))
        #expect(try version(audio, frequencies: 32) == .string("0.36.0"))
        let (json, notes) = try Network(audio).savedConfiguration(keeping: nil)
        #expect(json["time_embedding_dim"] == .integer(16) && notes.count == 1)
        let newer = try Network(audio, fourierFrequencies: 32).savedConfiguration(keeping: nil)
        #expect(newer.json["time_embedding_dim"] == .null && newer.notes.isEmpty)
    }

    @Test func textIsPythons() {
        let value = JSONValue.object([
            .init(key: "a", value: .array([])), .init(key: "b", value: .array([.integer(1), .null])),
            .init(key: "c\n", value: .object([.init(key: "d", value: .double(1e-05))])),
            .init(key: "e", value: .double(.nan)),
            .init(key: "f", value: .string("\u{8}\t\u{C}\r\u{1}\u{7F}\"\\/~é€😀")),
        ])
        #expect(
            value.text() == """
                {
                  "a": [],
                  "b": [
                    1,
                    null
                  ],
                  "c\\n": {
                    "d": 1e-05
                  },
                  "e": NaN,
                  "f": "\\b\\t\\f\\r\\u0001\\u007f\\"\\\\/~\\u00e9\\u20ac\\ud83d\\ude00"
                }
                """)
    }
}
