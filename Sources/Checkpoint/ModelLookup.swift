/// Which of the models that a name may mean: all nil for the usual one.
public struct ModelLookup: Sendable, Hashable {
    /// A branch, a tag or a commit's hash, of a repository in the hub's cache; nil: `main`.
    public var revision: String?
    /// The folder of the model within what is named, for instance `value_function`; nil: `unet`, then the folder itself.
    public var subfolder: String?
    /// Which of several weights, for instance `fp16`; nil: those without such a name.
    public var variant: String?
    /// The configuration of a single file of weights; nil: a trainer's file has its own, others the config.json beside them.
    public var configuration: String?
    /// Positions of a training sample, for a trainer's file that does not tell; nil: unknown, which changes no forward.
    public var sampleSize: Int?
    /// Samples a second of audio, for a trainer's file that does not tell; nil: unknown, which changes no forward.
    public var sampleRate: Int?

    /// The model of that revision, subfolder and variant.
    public init(
        revision: String? = nil, subfolder: String? = nil, variant: String? = nil, configuration: String? = nil,
        sampleSize: Int? = nil, sampleRate: Int? = nil
    ) {
        self.revision = revision
        self.subfolder = subfolder
        self.variant = variant
        self.configuration = configuration
        self.sampleSize = sampleSize
        self.sampleRate = sampleRate
    }
}

/// Where a model's configuration and weights lie.
struct ModelPlace {
    /// The folder that holds the weights.
    var folder: String
    /// `folder` without symbolic links, where it is a subfolder of what was named and stays in that.
    var root: String?
    /// The configuration's file, where it is not `folder`/config.json.
    var configuration: String?
    /// The one file of weights, where it was named; nil: what the folder has.
    var weights: String?
    /// What that file holds, where a trainer saved it.
    var trained: TrainedModel?
}

extension ModelLookup {
    /// Finds a model. Blocks on the disk.
    ///
    /// - Parameter what: a folder with a model or a pipeline, a repository's folder in the hub's cache, the name of a
    ///   repository in that cache, a file of weights, or a trainer's file.
    /// - Throws: `notFound`, `noConfiguration`, `noConfigurationOfFile`, `noRevision`, `notARegularFile`, `outsideFolder`,
    ///   and what a trainer's file throws.
    func place(of what: String, cache: HubCache) throws(CheckpointError) -> ModelPlace {
        switch FileSystem.kind(of: what) {
        case .folder:
            let folder = what.count > 1 && what.hasSuffix("/") ? String(what.dropLast()) : what
            let isRepository = HubRepository.isRepository(folder)
            return try place(in: isRepository ? HubRepository(path: folder).snapshot(revision) : folder)
        case .regular: return try place(ofFile: what)
        case .link, .other: throw .notARegularFile(file: what)
        case nil:
            let isName = HubCache.isRepositoryName(what)
            guard isName, cache.repository(what).exists else {
                throw .notFound(path: what, cache: isName ? cache.path : nil)
            }
            return try place(in: try cache.repository(what).snapshot(revision))
        }
    }

    private func place(in folder: String) throws(CheckpointError) -> ModelPlace {
        if let subfolder { return try place(in: folder, subfolder: subfolder) }
        if FileSystem.kind(of: folder + "/unet/config.json") != nil { return try place(in: folder, subfolder: "unet") }
        guard configuration != nil || FileSystem.kind(of: folder + "/config.json") != nil else {
            throw .noConfiguration(folder: folder, others: Self.models(in: folder))
        }
        return ModelPlace(folder: folder, configuration: configuration)
    }

    /// The model in a folder's subfolder, which no symbolic link leads out of it.
    private func place(in folder: String, subfolder: String) throws(CheckpointError) -> ModelPlace {
        let parts = subfolder.split(separator: "/", omittingEmptySubsequences: false)
        if subfolder.hasPrefix("/") || parts.contains("..") {
            throw .outsideFolder(file: folder, name: subfolder, target: nil, folder: folder)
        }
        let path = "\(folder)/\(subfolder)"
        guard FileSystem.kind(of: configuration == nil ? path + "/config.json" : path) != nil else {
            throw .noConfiguration(folder: path, others: Self.models(in: folder))
        }
        guard let root = FileSystem.resolved(folder), let resolved = FileSystem.resolved(path) else {
            throw .notFound(path: path, cache: nil)
        }
        guard resolved == root || resolved.hasPrefix(root == "/" ? root : root + "/") else {
            throw .outsideFolder(file: folder, name: subfolder, target: resolved, folder: folder)
        }
        return ModelPlace(folder: path, root: resolved, configuration: configuration)
    }

    private func place(ofFile path: String) throws(CheckpointError) -> ModelPlace {
        let folder = FileSystem.folder(of: path)
        let beside = folder + "/config.json"
        let given = configuration ?? (FileSystem.kind(of: beside) == nil ? nil : beside)
        let file: TrainerFile
        do {
            file = try TrainerFile(try FileDescriptor(reading: path))
        } catch {
            // Opening the weights will say what is wrong with them.
            guard let given else { throw error }
            return ModelPlace(folder: folder, configuration: given, weights: path)
        }
        if let trained = try Trainers.model(in: file, self) {
            return ModelPlace(folder: folder, configuration: configuration ?? path, weights: path, trained: trained)
        }
        guard let given else {
            throw .noConfigurationOfFile(file: path, holds: file.contents, accepted: Trainers.files)
        }
        return ModelPlace(folder: folder, configuration: given, weights: path)
    }

    /// Folders directly in a folder that hold a config.json.
    private static func models(in folder: String) -> [String] {
        FileSystem.names(in: folder).filter { FileSystem.kind(of: "\(folder)/\($0)/config.json") != nil }
    }
}
