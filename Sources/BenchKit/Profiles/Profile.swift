public import Checkpoint
import FoundationEssentials

/// A workload: a model, a shape, a timestep and options. The schema is in Profiles/README.md.
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
        let json = try files { () throws(CheckpointError) in try JSONReader.read(bytes, file: name) }
        let fields = try ProfileFields(json, file: name)
        self.file = file
        self.name = try fields.text("name")
        description = try fields.text("description")
        batch = try fields.integer("batch", atLeast: 1)
        length = try fields.integer("length", atLeast: 1)
        timestep = try fields.number("timestep")
        seed = UInt64(try fields.integer("seed", atLeast: 0))
        let folder = file.map { file in file.lastIndex(of: "/").map { String(file[...$0]) } ?? "" }
        var options =
            try fields["options"].map { json throws(BenchError) in try Settings(options: json, file: name) } ?? .init()
        if let machine = options.machine, let folder, machine.contains("/"), !machine.hasPrefix("/") {
            options.machine = folder + machine
        }
        if let config = options.config, let folder, !config.hasPrefix("/") { options.config = folder + config }
        self.options = options
        switch (fields["configuration"], fields["model"]) {
        case (let configuration?, nil):
            model = .configuration(
                try files { () throws(CheckpointError) in
                    try ModelFamily.parse(configuration, file: "\(name): configuration").family
                })
        case (nil, .some):
            let what = try fields.text("model")
            guard let folder else {
                throw .profile(file: name, problem: "a compiled-in profile cannot have a checkpoint")
            }
            model = .checkpoint(Self.path(of: what, in: folder))
        case (.some, .some): throw .profile(file: name, problem: "has both configuration and model; give one of them")
        case (nil, nil): throw .profile(file: name, problem: "has neither configuration nor model; give one of them")
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

/// The members of a profile, with errors that name the file and the field.
private struct ProfileFields {
    let file: String
    private let json: JSONValue

    init(_ json: JSONValue, file: String) throws(BenchError) {
        self.file = file
        self.json = json
        let known = [
            "schema", "name", "description", "configuration", "model", "batch", "length", "timestep", "seed", "options",
        ]
        guard case .object(let members) = json else {
            throw .profile(file: file, problem: "is \(json.kind), expected an object")
        }
        for member in members where !known.contains(member.key) {
            throw .profile(
                file: file, problem: "unknown key \(member.key.quoted); keys: \(known.joined(separator: ", "))")
        }
        guard case .string("unet1d-workload/1")? = json["schema"] else {
            throw .profile(file: file, problem: "schema must be \"unet1d-workload/1\"")
        }
    }

    subscript(name: String) -> JSONValue? { json[name] }

    func text(_ name: String) throws(BenchError) -> String {
        guard case .string(let text)? = json[name], !text.isEmpty else { throw wrong(name, "a string") }
        return text
    }

    func integer(_ name: String, atLeast minimum: Int) throws(BenchError) -> Int {
        guard case .integer(let number)? = json[name], number >= minimum else {
            throw wrong(name, "an integer, \(minimum) or more")
        }
        return number
    }

    func number(_ name: String) throws(BenchError) -> Double {
        guard let number = json[name]?.number else { throw wrong(name, "a number") }
        return number
    }

    private func wrong(_ name: String, _ expected: String) -> BenchError {
        .profile(file: file, problem: "\(name) is \(json[name]?.kind ?? "missing"), expected \(expected)")
    }
}
