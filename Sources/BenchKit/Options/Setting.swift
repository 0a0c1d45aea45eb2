/// A setting: what its flag and a profile's option are called, where it is kept, and what it means. One list serves
/// flags, their help, profile files and merging.
public struct Setting: Sendable {
    /// The flag without its dashes, and the key in a profile's `options`.
    public let name: String
    /// The kind of its value, and where it is kept.
    public let kind: Kind
    /// What `--help` says.
    public let help: String
    /// Whether a profile's `options` may have it.
    let isProfileOption: Bool
    /// Whether `run` takes a list of values for it, and measures a row for each.
    public let takesList: Bool

    /// The kind of a value, and where it is kept.
    public enum Kind: Sendable {
        /// A whole number.
        case integer(WritableKeyPath<Settings, Int?> & Sendable)
        /// Any number.
        case number(WritableKeyPath<Settings, Double?> & Sendable)
        /// A text.
        case text(WritableKeyPath<Settings, String?> & Sendable)
        /// A text that a profile may write as a whole number.
        case textOrInteger(WritableKeyPath<Settings, String?> & Sendable)
        /// On or not.
        case truth(WritableKeyPath<Settings, Bool?> & Sendable)

        /// Where it is kept.
        var path: PartialKeyPath<Settings> {
            switch self {
            case .integer(let path): path
            case .number(let path): path
            case .text(let path), .textOrInteger(let path): path
            case .truth(let path): path
            }
        }
    }

    private init(
        _ name: String, _ kind: Kind, isProfileOption: Bool = true, takesList: Bool = false, _ help: String
    ) {
        self.name = name
        self.kind = kind
        self.isProfileOption = isProfileOption
        self.takesList = takesList
        self.help = help
    }

    /// The setting of that name.
    public static func named(_ name: some StringProtocol) -> Setting? { all.first { $0.name == name } }

    /// The name of what is kept in a property: `short-levels` of `shortLevels`.
    public static func name(ofProperty property: some StringProtocol) -> String {
        property.reduce(into: "") { $0 += $1.isUppercase ? "-\($1.lowercased())" : "\($1)" }
    }

    /// Whether a run's figures depend on it: not those that say where a report goes and how it looks.
    var decidesFigures: Bool { !Self.report.contains { $0.name == name } }

    /// The value that is set, as a text; nil where none is.
    func text(in settings: Settings) -> String? {
        switch kind {
        case .integer(let path): settings[keyPath: path].map { "\($0)" }
        case .number(let path): settings[keyPath: path].map { "\($0)" }
        case .text(let path), .textOrInteger(let path): settings[keyPath: path]
        case .truth(let path): settings[keyPath: path].map { "\($0)" }
        }
    }

    /// The setting that is kept there.
    public static func at(_ path: PartialKeyPath<Settings>) -> Setting {
        guard let setting = all.first(where: { $0.kind.path == path }) else {
            preconditionFailure("\(path) is not in the list of settings")
        }
        return setting
    }

    /// Takes the value from `defaults` where `settings` has none.
    func complete(_ settings: inout Settings, from defaults: Settings) {
        func complete<Value>(_ path: WritableKeyPath<Settings, Value?>) {
            settings[keyPath: path] = settings[keyPath: path] ?? defaults[keyPath: path]
        }
        switch kind {
        case .integer(let path): complete(path)
        case .number(let path): complete(path)
        case .text(let path), .textOrInteger(let path): complete(path)
        case .truth(let path): complete(path)
        }
    }
}

extension Setting {
    /// Every setting.
    public static let all: [Setting] = checkpoint + workload + compute + schedule + report

    private static let checkpoint: [Setting] = [
        Setting(
            "revision", .text(\.revision),
            "A branch, tag or commit of a repository in the hub's cache; default: main."),
        Setting(
            "subfolder", .text(\.subfolder),
            "The model's folder within what is named; default: unet, then the folder itself."),
        Setting("variant", .text(\.variant), "Which of several weights, such as fp16."),
        Setting(
            "config", .text(\.config),
            "The config.json of a single file of weights; default: the one beside it."),
    ]

    // A profile has a shape and a timestep of its own, beside its options.
    private static let workload: [Setting] = [
        Setting("batch", .integer(\.batch), isProfileOption: false, takesList: true, "Batch elements."),
        Setting("length", .integer(\.length), isProfileOption: false, takesList: true, "Positions."),
        Setting(
            "timestep", .number(\.timestep), isProfileOption: false,
            "A tensor's number: a fraction stays a fraction."),
    ]

    private static let compute: [Setting] = [
        Setting(
            "threads", .integer(\.threads), takesList: true,
            "Workers; default: the physical cores that this process may use."),
        Setting("isa", .text(\.isa), takesList: true, "Instruction set: \(Compute.isas)."),
        Setting("numa", .text(\.numa), takesList: true, "Memory placement: auto, off, interleave or replicate."),
        Setting(
            "topology", .text(\.topology), isProfileOption: false,
            "Plan for another machine: nodes x cores of each, such as 2x4, or a folder with the sys and proc of one."
        ),
        Setting(
            "accuracy", .text(\.accuracy), takesList: true,
            "fast may round more than the direct convolution, strict may not."),
        Setting(
            "precision", .text(\.precision), takesList: true,
            "The numbers that weights are held in: \(Compute.precisions)."),
        Setting(
            "machine", .text(\.machine), takesList: true,
            "A machine profile's name or file; default: the compiled-in constants."),
        Setting(
            "spin", .textOrInteger(\.spin), takesList: true,
            "Microseconds that workers spin before they park; 0, or forever."),
    ]

    private static let schedule: [Setting] = [
        Setting("warmup", .integer(\.warmup), "Forwards before the measurement."),
        Setting("iterations", .integer(\.iterations), "Forwards to measure."),
        Setting("duration", .number(\.duration), "Seconds to measure."),
        Setting(
            "period", .number(\.period), takesList: true,
            "Milliseconds from the start of a forward to that of the next."),
        Setting(
            "load", .text(\.load),
            """
            Serve queries, too, as many or as long as forwards: single-stream, poisson (loadgen's Server) or \
            saturation (its Offline).
            """),
        Setting("rate", .number(\.rate), takesList: true, "Queries a second that arrive with --load poisson."),
        Setting(
            "find-rate", .number(\.findRate),
            "Search for the greatest Poisson rate at which this percentile, such as 99, stays under --deadline."),
        Setting("cold", .truth(\.cold), "Evict the last-level cache before each forward."),
        Setting("deadline", .number(\.deadline), "Milliseconds; forwards that took longer are counted."),
        Setting(
            "percentiles", .text(\.percentiles),
            "The percentiles of the report, such as 50,90,99.9,99.99; default: 50,90,99,99.9."),
        Setting(
            "probe", .truth(\.probe),
            "Alternate with a probe of the machine's own noise: as long, as many bytes and multiply-adds."),
        Setting(
            "turns", .integer(\.turns),
            """
            After so many forwards write 'turn' and wait for a line on standard input, as others have their turn; \
            needs --output.
            """),
        Setting(
            "gradient", .truth(\.gradient),
            "Measure outputs with gradients by the sample, too, as many or as long as forwards."),
        Setting(
            "steps", .integer(\.steps), takesList: true,
            "Measure denoising loops of so many steps, too, as many or as long as forwards."),
        Setting(
            "scheduler", .text(\.scheduler),
            """
            The scheduler of the loops: a class of diffusers, or a file that ends in .json; default: the model's own, and \
            IPNDMScheduler with random weights.
            """),
        Setting(
            "timestep-scale", .number(\.timestepScale),
            "By what the scheduler's timesteps are multiplied for the model."
        ),
        Setting(
            "short-levels", .integer(\.shortLevels), takesList: true,
            "Run only so many outer levels in some forwards of a loop, and reuse what came from below."),
        Setting(
            "whole-every", .integer(\.wholeEvery),
            "With --short-levels: every forward of so many is whole; default: \(LoopOptions.defaultWholeEvery)."),
    ]

    private static let report: [Setting] = [
        Setting(
            "format", .text(\.format),
            """
            text, json, jsonl (a line for each forward, then one for the run), csv, markdown or html; for a plan also \
            svg: the arena over time; not every report has every form. Default: that of the ending of --output, else text.
            """),
        Setting("output", .text(\.output), "The report's file; default: standard output."),
        Setting(
            "trace", .text(\.trace), isProfileOption: false,
            "A file for a trace of some forwards, with a row for each worker; ui.perfetto.dev opens it."),
        Setting(
            "resume", .text(\.resume), isProfileOption: false,
            "Keep what a sweep of several rows has measured in this file, and go on from there if it is not empty."),
        Setting("quiet", .truth(\.quiet), "Show no progress."),
    ]
}
