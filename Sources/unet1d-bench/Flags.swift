import ArgumentParser
import BenchKit
import Checkpoint

// Flags that commands share. Values are taken as they stand and checked by BenchKit, which also checks profiles.

/// How forwards are computed.
struct ComputeFlags: ParsableArguments {
    @Option(parsing: .unconditional, help: .setting(\.threads)) var threads: String?
    @Option(help: .setting(\.isa)) var isa: String?
    @Option(help: .setting(\.numa)) var numa: String?
    @Option(help: .setting(\.accuracy)) var accuracy: String?
    @Option(help: .setting(\.precision)) var precision: String?
    @Option(help: .setting(\.machine)) var machine: String?
    @Flag(help: .setting(\.quiet)) var quiet = false
}

/// How workers wait.
struct SpinFlags: ParsableArguments {
    @Option(parsing: .unconditional, help: .setting(\.spin)) var spin: String?
}

// Groups have no groups in them: debug builds of ArgumentParser check each group again for every level above it.

/// Where a model and its workload are found.
struct SourceFlags: ParsableArguments {
    @Option(help: "A profile's name or file.") var profile: String?
    @Option(help: "\(whatAModelIs); instead of the profile's model.") var model: String?
}

/// A shape and a timestep.
struct ShapeFlags: ParsableArguments {
    @Option(parsing: .unconditional, help: .setting(\.batch)) var batch: String?
    @Option(parsing: .unconditional, help: .setting(\.length)) var length: String?
    @Option(parsing: .unconditional, help: .setting(\.timestep)) var timestep: Double?
}

/// How long to measure, and when forwards start.
struct ScheduleFlags: ParsableArguments {
    @Option(help: .setting(\.resume)) var resume: String?
    @Option(parsing: .unconditional, help: .setting(\.warmup)) var warmup: Int?
    @Option(parsing: .unconditional, help: .setting(\.iterations)) var iterations: Int?
    @Option(parsing: .unconditional, help: .setting(\.duration)) var duration: Double?
    @Option(parsing: .unconditional, help: .setting(\.period)) var period: String?
    @Option(help: .setting(\.load)) var load: String?
    @Option(parsing: .unconditional, help: .setting(\.rate)) var rate: String?
    @Option(parsing: .unconditional, help: .setting(\.findRate)) var findRate: Double?
    @Flag(help: .setting(\.cold)) var cold = false
    @Option(parsing: .unconditional, help: .setting(\.deadline)) var deadline: Double?
    @Option(parsing: .unconditional, help: .setting(\.percentiles)) var percentiles: String?
    @Flag(help: .setting(\.probe)) var probe = false
    @Option(parsing: .unconditional, help: .setting(\.turns)) var turns: Int?
    @Flag(help: .setting(\.gradient)) var gradient = false
    @Option(parsing: .unconditional, help: .setting(\.steps)) var steps: String?
    @Option(help: .setting(\.scheduler)) var scheduler: String?
    @Option(parsing: .unconditional, help: .setting(\.timestepScale)) var timestepScale: Double?
    @Option(parsing: .unconditional, help: .setting(\.shortLevels)) var shortLevels: String?
    @Option(parsing: .unconditional, help: .setting(\.wholeEvery)) var wholeEvery: Int?
}

/// Where a report goes.
struct ReportFlags: ParsableArguments {
    @Option(help: .setting(\.format)) var format: String?
    @Option(help: .setting(\.output)) var output: String?
}

/// Where recorded forwards go.
struct TraceFlags: ParsableArguments {
    @Option(help: .setting(\.trace)) var trace: String?
}

/// The machine to plan for.
struct TopologyFlags: ParsableArguments {
    @Option(help: .setting(\.topology)) var topology: String?
}

extension ArgumentHelp {
    /// The help of a setting.
    static func setting(_ path: PartialKeyPath<Settings>) -> ArgumentHelp { ArgumentHelp(Setting.at(path).help) }
}

extension Settings {
    /// The settings that groups of flags give, each flag that of its name.
    ///
    /// - Throws: `BenchError.option` for a text that is no value, a list of values among them.
    init(_ groups: any ParsableArguments..., lookup: ModelLookup = ModelLookup()) throws(BenchError) {
        let flags = GivenFlags(groups)
        self = flags.settings
        self.lookup = lookup
        for (setting, text) in flags.texts { try setting.set(text, in: &self) }
    }
}

extension Combinations {
    /// What groups of flags give, each flag that of its name, where flags may give lists.
    ///
    /// - Throws: `BenchError.option` for a text that is no list of values.
    init(
        profiles: String?, _ groups: any ParsableArguments..., lookup: ModelLookup = ModelLookup()
    ) throws(BenchError) {
        var flags = GivenFlags(groups)
        flags.settings.lookup = lookup
        try self.init(flags.settings, profiles: profiles, lists: flags.texts)
    }
}

/// What was given: values, and the texts of flags that may give lists.
private struct GivenFlags {
    var settings = Settings()
    private(set) var texts: [(Setting, String)] = []

    init(_ groups: [any ParsableArguments]) {
        // ArgumentParser finds a command's flags by reflection; this reads them back in the same way. The stored
        // property of `threads` is called `_threads`.
        for flag in groups.flatMap({ Mirror(reflecting: $0).children }) {
            let name = Setting.name(ofProperty: flag.label?.dropFirst() ?? "")
            guard let setting = Setting.named(name) else { preconditionFailure("--\(name) is no setting") }
            if setting.takesList, let option = flag.value as? Option<String?> {
                if let text = option.wrappedValue { texts.append((setting, text)) }
                continue
            }
            switch (setting.kind, flag.value) {
            case (.integer(let path), let option as Option<Int?>): settings[keyPath: path] = option.wrappedValue
            case (.number(let path), let option as Option<Double?>): settings[keyPath: path] = option.wrappedValue
            case (.text(let path), let option as Option<String?>),
                (.textOrInteger(let path), let option as Option<String?>):
                settings[keyPath: path] = option.wrappedValue
            case (.truth(let path), let flag as Flag<Bool>):
                settings[keyPath: path] = flag.wrappedValue ? true : nil
            default: preconditionFailure("--\(name) has another type than its setting")
            }
        }
    }
}

extension ProfileLibrary {
    /// The profiles of this process.
    static var current: ProfileLibrary {
        ProfileLibrary(environment: ThisProcess.environment, executable: ThisProcess.executable)
    }
}
