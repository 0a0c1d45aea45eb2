@testable import BenchKit
import Checkpoint
import Testing

/// The list of settings.
@Suite struct SettingTests {
    /// A value for each setting, none of them a default.
    private static let filled: Settings = {
        var settings = Settings()
        for setting in Setting.all {
            switch setting.kind {
            case .integer(let path): settings[keyPath: path] = 7
            case .number(let path): settings[keyPath: path] = 0.5
            case .text(let path), .textOrInteger(let path): settings[keyPath: path] = setting.name
            case .truth(let path): settings[keyPath: path] = true
            }
        }
        return settings
    }()

    @Test func everySettingIsInTheList() {
        let kept = Mirror(reflecting: Settings()).children.compactMap(\.label)
        #expect(kept.map { Setting.name(ofProperty: $0) }.sorted() == Setting.all.map(\.name).sorted())
        for child in Mirror(reflecting: Self.filled).children {
            // An unset value prints as nil.
            #expect("\(child.value)" != "nil", "\(child.label ?? "")")
        }
    }

    @Test func whatIsUnsetIsCompleted() {
        #expect(Settings().over(Self.filled) == Self.filled)
        #expect(Self.filled.over(Settings()) == Self.filled)
        var one = Settings()
        one.threads = 3
        var expected = Self.filled
        expected.threads = 3
        #expect(one.over(Self.filled) == expected)
    }

    /// A profile may give what is not its own field, or a machine that is only planned for.
    @Test(arguments: Setting.all.map(\.name)) func profilesGiveOptions(name: String) throws {
        let setting = try #require(Setting.named(name))
        let (good, bad) =
            switch setting.kind {
            case .integer: ("7", "0.5")
            case .number: ("0.5", "\"x\"")
            case .text: ("\"\(name)\"", "7")
            case .textOrInteger: ("\"\(name)\"", "0.5")
            case .truth: ("true", "1")
            }
        func read(_ value: String) throws -> Settings {
            try Settings(ProfileText(Array("{\"options\":\n{\"\(name)\": \(value)}}".utf8), file: "own.json"))
        }
        guard !["batch", "length", "timestep", "topology", "trace", "resume"].contains(name) else {
            #expect(throws: BenchError.self) { try read(good) }
            return
        }
        #expect(try read(good) != Settings())
        #expect(try read(good).over(Self.filled) == Self.filled)
        let error = #expect(throws: BenchError.self) { try read(bad) }
        #expect("\(error.map { "\($0)" } ?? "")".contains("own.json:2: options.\(name) is "))
    }

    /// What a flag says arrives where the setting is kept.
    @Test func everySettingHasAFlagWithItsHelp() throws {
        let help = try ["run", "plan"].map { try Command(["help", $0]).output }.joined()
        let words = help.split { $0.isWhitespace }.joined(separator: " ")
        for setting in Setting.all {
            #expect(words.contains("--\(setting.name) "), "\(setting.name)")
            let meaning = setting.help.split { $0.isWhitespace }.joined(separator: " ")
            #expect(words.contains(meaning), "\(setting.name)")
        }
    }
}
