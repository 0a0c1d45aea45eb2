public import Checkpoint
import FoundationEssentials

/// A workload: a model, a shape, a timestep and options. The schema is in Profiles/README.md and in Profiles/Schemas.
public struct Profile: Sendable {
    /// Where the weights come from.
    public enum Model: Sendable {
        /// Random weights for a configuration.
        case configuration(ModelFamily)
        /// A folder, a repository's folder in the hub's cache, or a file of weights.
        case checkpoint(String)
    }

    /// What `--profile` takes and reports print.
    public let name: String
    /// One sentence.
    public let description: String
    /// The model.
    public let model: Model
    /// Batch elements.
    public let batch: Int
    /// Positions.
    public let length: Int
    /// A tensor's number.
    public let timestep: Double
    /// The seed of random weights and of the sample.
    public let seed: UInt64
    /// Defaults for the command's flags.
    public let options: Settings
    /// The file; nil for a compiled-in one.
    public let file: String?

    /// The settings that the profile stands for.
    public var settings: Settings {
        var settings = options
        settings.batch = batch
        settings.length = length
        settings.timestep = timestep
        return settings
    }

    /// The name and version of the file's form.
    static let schema = "unet1d-workload/1"

    /// The keys that must be there.
    static let requiredKeys = ["schema", "name", "description", "batch", "length", "timestep", "seed"]

    /// The keys that may be there; of the first two there is one.
    static let optionalKeys = ["configuration", "model", "options"]

    /// Every key of a file.
    static var keys: [String] { requiredKeys + optionalKeys }

    /// The largest profile that is read, in bytes.
    public static let maximumFileBytes = 1 << 20

    /// Reads a profile's file. Blocks on the disk.
    ///
    /// - Throws: `BenchError.file`, `BenchError.profile`.
    public init(file: String) throws(BenchError) {
        let bytes = try files { () throws(CheckpointError) in
            try AtomicFile.read(file, limit: Self.maximumFileBytes)
        }
        try self.init(bytes, name: file, file: file)
    }

    /// Reads a profile's text.
    ///
    /// - Parameters:
    ///   - name: what errors call it.
    ///   - file: its file, relative to whose folder the model's is; nil: it has none.
    init(_ bytes: [UInt8], name: String, file: String?) throws(BenchError) {
        let fields = try ProfileText(bytes, file: name)
        try fields.check([], known: Self.keys)
        try fields.check(schema: Self.schema)
        self.file = file
        self.name = try fields.text("name")
        description = try fields.text("description")
        batch = try fields.integer("batch", atLeast: 1)
        length = try fields.integer("length", atLeast: 1)
        timestep = try fields.number(["timestep"])
        seed = UInt64(try fields.integer("seed", atLeast: 0))
        let folder = file.map { file in file.lastIndex(of: "/").map { String(file[...$0]) } ?? "" }
        var options = try fields["options"] == nil ? Settings() : Settings(fields)
        if let machine = options.machine, let folder, machine.contains("/"), !machine.hasPrefix("/") {
            options.machine = folder + machine
        }
        if let config = options.config, let folder, !config.hasPrefix("/") { options.config = folder + config }
        self.options = options
        switch (fields["configuration"], fields["model"]) {
        case (let configuration?, nil):
            model = .configuration(try Self.family(configuration, fields))
        case (nil, .some):
            let what = try fields.text("model")
            guard let folder else {
                throw fields.fail(["model"], "a compiled-in profile cannot have a checkpoint")
            }
            model = .checkpoint(Self.path(of: what, in: folder))
        case (.some, .some): throw fields.fail(["model"], "has both configuration and model; give one of them")
        case (nil, nil): throw fields.fail([], "has neither configuration nor model; give one of them")
        }
    }

    /// The model of a configuration, with errors that name the line of the field.
    private static func family(_ configuration: JSONValue, _ fields: ProfileText) throws(BenchError) -> ModelFamily {
        do throws(CheckpointError) {
            return try ModelFamily.parse(configuration, file: "configuration").family
        } catch {
            throw fields.fail(["configuration"] + (error.field.map { [$0] } ?? []), "\(error)")
        }
    }

    /// The path of the checkpoint that `model` names: relative to the profile's folder; where nothing is there, that of the
    /// repository of this name in the hub's cache.
    private static func path(of what: String, in folder: String) -> String {
        let path = what.hasPrefix("/") ? what : folder + what
        if HubCache.isRepositoryName(what), !FileManager.default.fileExists(atPath: path) {
            let repository = HubCache().repository(what)
            if repository.exists { return repository.path }
        }
        return path
    }
}
