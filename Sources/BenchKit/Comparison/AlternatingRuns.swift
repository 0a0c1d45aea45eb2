import Checkpoint
import FoundationEssentials
import Glibc
import UNet1D

/// Two builds that take turns, launch by launch: `run --against`. Whatever drifts falls on both alike, and each launch has
/// other pages than the one before, as these alone change times by a percent.
///
/// Both builds run as processes of their own, with the same flags. A process says that it waits, `--turns`; it gets a line
/// when it may run its next forwards.
public struct AlternatingRuns {
    /// This build's program.
    private let program: String
    /// The other build's.
    private let other: String
    private let flags: [String]
    private let launches: Int
    private let turns: Int?
    private let iterations: Int?
    private let seconds: Double

    /// Launches of each build, unless the user wants another number. Many short launches tell more than few long ones.
    public static let defaultLaunches = 20
    /// From so many launches on, their own spread tells how much launches differ.
    public static let fewestLaunches = Shift.fewestLaunches
    /// Seconds of a launch in which both builds run, unless the user wants others.
    static let defaultSeconds = 1.0
    /// Milliseconds that a turn takes about, unless the user wants others: long beside the change of programs, short
    /// beside what drifts.
    private static let turnMilliseconds = 8.0

    /// Prepares; starts nothing.
    ///
    /// - Parameters:
    ///   - program: this build's program.
    ///   - other: the program of the build that it is compared with.
    ///   - source: flags that name profile and model.
    ///   - settings: the other flags, without those of a profile.
    /// - Throws: `BenchError.option` for a setting that makes no sense here; `BenchError.otherBuild` where there is no
    ///   such program.
    public init(
        program: String, other: String, source: [(name: String, value: String?)], settings: Settings, launches: Int?
    ) throws(BenchError) {
        let launches = launches ?? Self.defaultLaunches
        guard 1...1000 ~= launches else {
            throw .option(name: "launches", found: "\(launches)", expected: "1 to 1000")
        }
        if settings.spin == "forever" {
            throw .option(
                name: "spin", found: "forever with --against",
                expected: "microseconds: workers must not spin in others' turns")
        }
        // Each process has a file of its own for its report.
        var checked = settings
        checked.output = program
        _ = try Schedule(checked)
        self.program = program
        self.other = other.contains("/") ? other : "./" + other
        if access(self.other, X_OK) != 0 {
            throw .otherBuild(program: other, problem: "cannot be started: \(String(cString: strerror(errno)))")
        }
        self.launches = launches
        turns = settings.turns
        iterations = settings.iterations
        seconds = settings.duration ?? Self.defaultSeconds
        flags =
            source.flatMap { flag in flag.value.map { ["--\(flag.name)", $0] } ?? [] } + Self.flags(settings)
            + ["--quiet", "--format", "json"]
    }

    /// Runs both and compares; the other build is the base. Blocks for launches × (seconds + two starts). Ctrl-C ends it;
    /// launches of both that are whole are compared.
    ///
    /// - Returns: the comparison; nil where Ctrl-C came before the end of the first launch.
    /// - Throws: `BenchError.otherBuild` where a build fails; what reading reports and comparing throws.
    public func run(slowerLimit: Double?, progress: Progress) throws(BenchError) -> Comparison? {
        Interruption.watch()
        let folder = FileManager.default.temporaryDirectory.appending(path: "unet1d-bench-\(UUID().uuidString)").path
        do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
            throw .file(.cannotWrite(file: folder, reason: "the folder cannot be made"))
        }
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var turns = 1
        var reports: [(base: String, new: String)] = []
        do throws(BenchError) {
            let extent = try extent(folder: folder, progress: progress)
            turns = extent.turns
            for launch in 0..<launches where !Interruption.isPending {
                progress.say("launch \(launch + 1) of \(launches) of each build")
                let files = (base: "\(folder)/base-\(launch).json", new: "\(folder)/new-\(launch).json")
                if try run(launch, files, extent) { reports.append(files) }
            }
        } catch {
            // A terminal's Ctrl-C ends the builds, too.
            if !Interruption.isPending { throw error }
        }
        progress.clear()
        if reports.isEmpty { return nil }
        return try Comparison(
            base: ComparedRun(reports: reports.map(\.base), name: other),
            others: [ComparedRun(reports: reports.map(\.new), name: "this build")], turns: turns,
            slowerLimit: slowerLimit)
    }

    /// A launch of both builds; whether it ran to its end.
    private func run(
        _ launch: Int, _ files: (base: String, new: String), _ extent: Extent
    ) throws(BenchError) -> Bool {
        // Every second launch begins with the other build, and so does every second round.
        let first = try start(launch % 2 == 0 ? other : program, launch % 2 == 0 ? files.base : files.new, extent)
        let second = try start(launch % 2 == 0 ? program : other, launch % 2 == 0 ? files.new : files.base, extent)
        for round in 0..<(extent.iterations / extent.turns) {
            if Interruption.isPending { return false }
            for run in round % 2 == 0 ? [first, second] : [second, first] { try run.takeTurn() }
        }
        for run in [first, second] { try run.end() }
        return true
    }

    /// Forwards of a launch, a multiple of those of a turn.
    private struct Extent {
        var iterations: Int
        var turns: Int
    }

    /// What the user asked for, else as much as fits in the time, found by a short run.
    private func extent(folder: String, progress: Progress) throws(BenchError) -> Extent {
        var turns = turns
        var iterations = iterations
        if turns == nil || iterations == nil {
            progress.say("finding how long a forward takes")
            let file = folder + "/first.json"
            let words = [program, "run"] + flags + ["--duration", "0.2", "--output", file]
            let child = try ChildProcess(words, log: file + ".log")
            while child.line() != nil {}
            if child.wait() != 0 { throw .otherBuild(program: "this build", problem: child.lastWords) }
            let forward = try ComparedRun(reports: [file], name: file).samples.median
            let most = Double(iterations ?? 1000)
            let turn = turns ?? Int(max(1, min(most, Self.turnMilliseconds / forward)))
            let rounds = (seconds * 1000 / (2 * forward * Double(turn))).rounded(.up)
            iterations = iterations ?? Int(max(1, min(rounds, 1e6 / Double(turn)))) * turn
            turns = turn
        }
        let turn = turns ?? 1
        return Extent(iterations: max(1, (iterations ?? turn) / turn) * turn, turns: turn)
    }

    private func start(_ program: String, _ report: String, _ extent: Extent) throws(BenchError) -> Turning {
        try Turning(
            program: program,
            words: ["run"] + flags + [
                "--iterations", "\(extent.iterations)", "--turns", "\(extent.turns)", "--output", report,
            ], log: report + ".log")
    }

    /// The flags that were given, but for those of the report and those that are decided here.
    private static func flags(_ settings: Settings) -> [String] {
        let own = ["format", "output", "quiet", "iterations", "duration", "turns"]
        return Setting.all.filter { !own.contains($0.name) }.flatMap { setting -> [String] in
            let flag = "--\(setting.name)"
            return switch setting.kind {
            case .integer(let path): settings[keyPath: path].map { [flag, "\($0)"] } ?? []
            case .number(let path): settings[keyPath: path].map { [flag, "\($0)"] } ?? []
            case .text(let path), .textOrInteger(let path): settings[keyPath: path].map { [flag, $0] } ?? []
            case .truth(let path): settings[keyPath: path] == true ? [flag] : []
            }
        }
    }
}

/// A build that waits for its turns.
private struct Turning {
    private let program: String
    private let child: ChildProcess

    /// Starts it and waits until it has loaded and warmed up.
    init(program: String, words: [String], log: String) throws(BenchError) {
        self.program = program
        child = try ChildProcess([program] + words, log: log)
        if child.line() != "turn" {
            let status = child.wait()
            throw .otherBuild(
                program: program,
                problem: status == 0 ? "does not take turns: its run lacks --turns" : child.lastWords)
        }
    }

    /// Lets it run its forwards, and waits until it waits again or has ended.
    func takeTurn() throws(BenchError) {
        child.go()
        if child.line() == "turn" { return }
        try end()
    }

    /// Waits for its end.
    func end() throws(BenchError) {
        if child.wait() != 0 { throw .otherBuild(program: program, problem: child.lastWords) }
    }
}
