import Checkpoint

/// A denoising method with its options: what turns a number of steps into a table.
///
/// The library's own are values such as ``DDIMScheduler``; ``Scheduler`` reads any of them from a file.
public protocol DenoisingScheduler: Sendable {
    /// Computes the table. Allocates.
    ///
    /// - Parameters:
    ///   - steps: how many steps a run has, at least 1.
    ///   - precision: how the tables are rounded.
    /// - Throws: `SchedulerError.schedule` where the options or the number of steps give no schedule.
    func prepare(steps: Int, precision: TablePrecision) throws(SchedulerError) -> Schedule
}

extension DenoisingScheduler {
    /// Computes the table in Double. Allocates.
    ///
    /// - Parameter steps: how many steps a run has, at least 1.
    /// - Throws: `SchedulerError.schedule` where the options or the number of steps give no schedule.
    public func prepare(steps: Int) throws(SchedulerError) -> Schedule { try prepare(steps: steps, precision: .double) }
}

/// A scheduler of diffusers that its configuration can be read into.
package protocol DiffusersScheduler: DenoisingScheduler {
    /// Reads every field that the class has.
    init(_ fields: inout SchedulerFields) throws(SchedulerError)
}

extension DiffusersScheduler {
    /// diffusers' name of the class, which the type bears too.
    package static var className: String { "\(Self.self)" }

    /// The error of a schedule that cannot be.
    func refusal(_ problem: String, remedy: String) -> SchedulerError {
        .schedule(Self.className, problem: problem, remedy: remedy)
    }
}

/// A scheduler as a pipeline's folder has it: the class that scheduler_config.json names, with its options.
///
/// ```swift
/// let scheduler = try Scheduler(contentsOf: "ecg-512/scheduler/scheduler_config.json")
/// let schedule = try scheduler.prepare(steps: 50)
/// print(scheduler.name, schedule.timesteps)
/// ```
public struct Scheduler: DenoisingScheduler {
    /// The schedulers that can be read. A new one is a file and a line here.
    private static let classes: [any DiffusersScheduler.Type] = [
        IPNDMScheduler.self, DDIMScheduler.self, DDPMScheduler.self, DPMSolverMultistepScheduler.self,
        EulerDiscreteScheduler.self, EulerAncestralDiscreteScheduler.self, UniPCMultistepScheduler.self,
        LCMScheduler.self, FlowMatchEulerDiscreteScheduler.self,
    ]

    /// Fields of diffusers' other schedulers, and of versions since 0.26.3, that files may have besides those of their class.
    private static let otherFields: Set<String> = [
        "skip_prk_steps", "noise_sampler_seed", "predictor_order", "corrector_order", "tau_func", "sigma_data",
        "sigma_schedule", "rho",
    ]

    /// The names of the classes that can be read, which are diffusers' own.
    public static let names: [String] = classes.map { $0.className }

    /// The fields that a class has in scheduler_config.json; nil for a name that is not there.
    public static func fields(of name: String) -> [String]? {
        guard let type = classes.first(where: { $0.className == name }) else { return nil }
        // An object without members is read without an error: every field has a default.
        guard var fields = try? SchedulerFields(.object([]), scheduler: name, file: ""),
            (try? type.init(&fields)) != nil
        else { return [] }
        return fields.asked
    }

    /// The fields of all classes.
    private static let allFields = otherFields.union(names.flatMap { fields(of: $0) ?? [] })

    /// The scheduler itself: its type is that of the class.
    public let base: any DenoisingScheduler
    /// diffusers' name of the class.
    public let name: String
    /// What was ignored in the file, a sentence each.
    public let notes: [String]
    /// Where it was read from.
    private let file: String?

    /// A scheduler made in Swift.
    public init(_ base: some DenoisingScheduler) {
        self.base = base
        name = "\(type(of: base))"
        notes = []
        file = nil
    }

    /// The defaults of a class.
    ///
    /// - Parameter name: a class of `names`.
    /// - Throws: `SchedulerError.unknownClass`.
    public init(named name: String) throws(SchedulerError) {
        try self.init(json: [UInt8]("{}".utf8), file: "the defaults of \(name)", as: name)
    }

    /// The largest file that is read, in bytes: trained betas may be many.
    private static let maximumFileBytes = 1 << 22

    /// Reads a configuration. Allocates, and blocks on the disk.
    ///
    /// - Parameters:
    ///   - path: a scheduler_config.json, its folder, or that of a pipeline.
    ///   - name: the class to read it as, in place of the one that it names; what diffusers' `from_config` does.
    /// - Throws: `SchedulerError` with file, field and remedy.
    public init(contentsOf path: String, as name: String? = nil) throws(SchedulerError) {
        let (bytes, file) = try Self.read(path)
        try self.init(json: bytes, file: file, as: name)
    }

    /// The text of a configuration, and its file.
    private static func read(_ path: String) throws(SchedulerError) -> ([UInt8], file: String) {
        // A folder is no regular file.
        let candidates = ["", "/scheduler/scheduler_config.json", "/scheduler_config.json"].map { path + $0 }
        for file in candidates {
            do throws(CheckpointError) {
                return (try AtomicFile.read(file, limit: maximumFileBytes), file)
            } catch {
                switch error {
                case .notARegularFile where file == path: continue
                case .cannotRead where file != path: continue
                default: throw .file(error)
                }
            }
        }
        throw .notFound(path: path, lookedFor: Array(candidates.dropFirst()))
    }

    /// Reads the text of a configuration. Allocates.
    ///
    /// - Parameters:
    ///   - bytes: JSON text, UTF-8.
    ///   - file: the name that errors mention.
    ///   - name: the class to read it as, in place of the one that it names.
    /// - Throws: `SchedulerError` with file, field and remedy.
    public init(json bytes: [UInt8], file: String, as name: String? = nil) throws(SchedulerError) {
        let json: JSONValue
        do throws(CheckpointError) { json = try JSONReader.read(bytes, file: file) } catch { throw .file(error) }
        let found = json["_class_name"]
        let wanted = name.map { JSONValue.string($0) } ?? found
        guard case .string(let text) = wanted, let type = Self.classes.first(where: { $0.className == text }) else {
            throw .unknownClass(file: file, found: wanted?.summary ?? "missing", known: Self.names)
        }
        var fields = try SchedulerFields(json, scheduler: text, file: file)
        base = try type.init(&fields)
        try fields.finish(foreign: Self.allFields)
        self.name = text
        self.file = file
        notes = fields.notes
    }

    /// Computes the table. Allocates.
    public func prepare(steps: Int, precision: TablePrecision) throws(SchedulerError) -> Schedule {
        do throws(SchedulerError) { return try base.prepare(steps: steps, precision: precision) } catch {
            throw error.reading(file)
        }
    }
}
