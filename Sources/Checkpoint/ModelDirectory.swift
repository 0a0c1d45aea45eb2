/// A model on the disk: what diffusers' `save_pretrained` writes, a pipeline folder with `unet/` in it, a repository in the
/// hub's cache, or a file of weights with a configuration beside it.
///
/// Weights may be safetensors, PyTorch's pickles, or shards of either; no file outside the folder is opened.
public struct ModelDirectory: Sendable {
    /// The folder that holds the weights, and config.json unless another configuration was named.
    public var path: String { folder.path }
    /// The configuration's file.
    public let configurationPath: String
    private let folder: ContainedFolder
    private let weightFiles: WeightFiles

    /// Finds a model. Blocks on the disk.
    ///
    /// - Parameters:
    ///   - what: a folder with a model or a pipeline, a repository's folder in the hub's cache, the name of a repository in
    ///     that cache, or a file of weights.
    ///   - lookup: which of the models there.
    /// - Throws: `notFound`, `noConfiguration`, `noConfigurationOfFile`, `noRevision`, `notARegularFile`, `outsideFolder`.
    public init(_ what: String, lookup: ModelLookup = ModelLookup()) throws(CheckpointError) {
        try self.init(what, lookup: lookup, cache: HubCache())
    }

    init(_ what: String, lookup: ModelLookup, cache: HubCache) throws(CheckpointError) {
        let place = try lookup.place(of: what, cache: cache)
        folder = ContainedFolder(place.folder, cache: cache)
        configurationPath = place.configuration ?? place.folder + "/config.json"
        weightFiles = WeightFiles(folder: folder, variant: lookup.variant, single: place.weights)
    }

    /// Reads and validates the configuration; of the weights, where there are any, nothing but the header is read, for the
    /// number of Fourier frequencies. Blocks on the disk.
    ///
    /// - Throws: any `CheckpointError` of reading, parsing and validation. Weights that are missing or cannot be read are
    ///   none here.
    public func readConfiguration() throws(CheckpointError) -> ModelConfiguration {
        let parsed = try parseConfiguration()
        return try validated(parsed, weights: try? weightFiles.open())
    }

    /// Opens configuration and weights and checks that they fit: every tensor there, with its exact shape, of a type that
    /// weights may have. Reads no weights yet. Blocks on the disk.
    ///
    /// - Throws: any `CheckpointError` of reading, parsing, validation and checking.
    public func open() throws(CheckpointError) -> ModelFiles {
        let parsed = try parseConfiguration()
        // A configuration that could never run is a better reason than weights that are missing.
        if !weightFiles.exist { _ = try validated(parsed, weights: nil) }
        let weights = try weightFiles.open()
        let model = try validated(parsed, weights: weights)
        let expected = model.network.tensors
        let (tensors, notes) = try weights.fitted(to: expected)
        return ModelFiles(
            path: path, network: model.network, notes: model.notes + tensors.notes + notes,
            expectedTensors: expected, tensors: tensors, json: parsed.json)
    }

    // MARK: - Steps

    private struct Parsed {
        var json: JSONValue
        var configuration: Configuration
        var notes: [String]
        /// Why the file may be of another class, if it does not run.
        var foreign: CheckpointError?
    }

    private func parseConfiguration() throws(CheckpointError) -> Parsed {
        let file =
            configurationPath == folder.path(of: "config.json")
            ? try folder.open("config.json") : try FileDescriptor(reading: configurationPath)
        if file.size > Configuration.maximumFileBytes {
            throw .fileTooLarge(file: configurationPath, bytes: file.size, limit: Configuration.maximumFileBytes)
        }
        if try file.isGitLFSPointer() { throw .gitLFSPointer(file: configurationPath) }
        let json = try JSONReader.read(try file.bytes(file.size), file: configurationPath)
        let foreign = ForeignConfiguration.refusal(json, file: configurationPath)
        do {
            let (configuration, notes) = try Configuration.parse(json, file: configurationPath)
            return Parsed(json: json, configuration: configuration, notes: notes, foreign: foreign)
        } catch {
            throw foreign ?? error
        }
    }

    private func validated(
        _ parsed: Parsed, weights: StateDict?
    ) throws(CheckpointError) -> ModelConfiguration {
        let configuration = parsed.configuration
        var frequencies = configuration.defaultFourierFrequencies
        var teller: String?
        if configuration.timeEmbeddingType == .fourier, let weights, let stored = weights.timeFrequencies {
            guard stored.shape.count == 1 else {
                throw .wrongRank(
                    file: weights.path, tensor: stored.name, shape: stored.shape, expected: "a list of frequencies")
            }
            frequencies = stored.shape[0]
            teller = weights.path
        }
        do {
            let network = try Network(
                configuration, fourierFrequencies: frequencies, file: configurationPath)
            return ModelConfiguration(
                network: network, notes: parsed.notes + network.notes(weights: teller, file: configurationPath))
        } catch {
            throw parsed.foreign ?? error
        }
    }
}

/// What a model folder's config.json describes.
public struct ModelConfiguration: Sendable {
    /// The network.
    public let network: Network
    /// What was ignored or odd, a sentence each.
    public let notes: [String]
}

/// A model folder whose configuration and weights were opened and fit.
public struct ModelFiles: Sendable {
    /// The folder that holds config.json.
    public let path: String
    /// The network.
    public let network: Network
    /// What was ignored or odd, a sentence each.
    public let notes: [String]
    /// The tensors of the network; each is in `tensors`, with that shape.
    public let expectedTensors: [ExpectedTensor]
    /// The weights, under the names that the network has for them.
    package let tensors: StateDict
    /// What config.json holds.
    package let json: JSONValue
}
