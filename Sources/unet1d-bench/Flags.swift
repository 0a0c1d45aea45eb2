import ArgumentParser
import BenchKit

// Flags that commands share. Values are taken as they stand and checked by BenchKit, which also checks profiles.

/// How forwards are computed.
struct ComputeFlags: ParsableArguments {
    @Option(parsing: .unconditional, help: "Workers; default: the physical cores that this process may use.")
    var threads: Int?
    @Option(help: "Instruction set: auto, avx512, avx2 or generic.")
    var isa: String?
    @Option(help: "Memory placement: auto, off, interleave or replicate.")
    var numa: String?
    @Option(help: "fast may use Winograd convolution, strict is direct only.")
    var accuracy: String?
    @Option(help: "Storage and arithmetic of weights and convolutions: f32.")
    var precision: String?
    @Option(help: "A machine profile's name or file; default: the compiled-in constants.")
    var machine: String?
    @Flag(help: "Show no progress.")
    var quiet = false

    /// What these flags say.
    var settings: Settings {
        var settings = Settings()
        settings.threads = threads
        settings.isa = isa
        settings.numa = numa
        settings.accuracy = accuracy
        settings.precision = precision
        settings.machine = machine
        settings.quiet = quiet ? true : nil
        return settings
    }
}

/// How workers wait.
struct SpinFlags: ParsableArguments {
    @Option(
        parsing: .unconditional, help: "Microseconds that workers spin before they park; 0, or forever.")
    var spin: String?
}

/// A model and a shape.
struct WorkloadFlags: ParsableArguments {
    @Option(help: "A profile's name or file.")
    var profile: String?
    @Option(help: "A folder with config.json and weights; instead of the profile's model.")
    var model: String?
    @Option(parsing: .unconditional, help: "Batch elements.")
    var batch: Int?
    @Option(parsing: .unconditional, help: "Positions.")
    var length: Int?
    @Option(parsing: .unconditional, help: "A tensor's number: a fraction stays a fraction.")
    var timestep: Double?

    /// Puts what these flags say into `settings`.
    func add(to settings: inout Settings) {
        settings.batch = batch
        settings.length = length
        settings.timestep = timestep
    }
}

/// Where a report goes.
struct ReportFlags: ParsableArguments {
    @Option(help: "text or json; for a plan also svg: the arena over time.")
    var format: String?
    @Option(help: "The report's file; default: standard output.")
    var output: String?

    /// Puts what these flags say into `settings`.
    func add(to settings: inout Settings) {
        settings.format = format
        settings.output = output
    }
}

extension ProfileLibrary {
    /// The profiles of this process.
    static var current: ProfileLibrary {
        ProfileLibrary(environment: Process.environment, executable: Process.executable)
    }
}
