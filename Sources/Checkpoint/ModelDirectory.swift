/// A model on the disk: what diffusers' `save_pretrained` writes, a pipeline folder with `unet/` in it, a repository in the
/// hub's cache, a file of weights with a configuration beside it, or a trainer's file, which has its own.
///
/// Weights may be safetensors, PyTorch's pickles, or shards of either; no file outside the folder is opened.
package struct ModelDirectory: Sendable {
    /// The folder that holds the weights, and config.json unless another configuration was named.
    package var path: String { folder.path }
    /// The configuration's file; a trainer's file itself where its configuration is read off the tensors.
    package let configurationPath: String
    private let folder: ContainedFolder
    private let weightFiles: WeightFiles
    private let trained: TrainedModel?

    /// Finds a model. Blocks on the disk.
    ///
    /// - Parameters:
    ///   - what: a folder with a model or a pipeline, a repository's folder in the hub's cache, the name of a repository in
    ///     that cache, a file of weights, or a trainer's file.
    ///   - lookup: which of the models there.
    /// - Throws: `notFound`, `noConfiguration`, `noConfigurationOfFile`, `noRevision`, `notARegularFile`, `outsideFolder`,
    ///   and what a trainer's file throws.
    package init(_ what: String, lookup: ModelLookup = ModelLookup()) throws(CheckpointError) {
        try self.init(what, lookup: lookup, cache: HubCache())
    }

    init(_ what: String, lookup: ModelLookup, cache: HubCache) throws(CheckpointError) {
        let place = try lookup.place(of: what, cache: cache)
        folder = ContainedFolder(place.folder, root: place.root, cache: cache)
        configurationPath = place.configuration ?? place.folder + "/config.json"
        weightFiles = WeightFiles(folder: folder, variant: lookup.variant, single: place.weights)
        trained = place.trained
    }

    /// Reads and validates the configuration; of the weights, where there are any, nothing but the header is read, for the
    /// number of Fourier frequencies. Blocks on the disk.
    ///
    /// - Throws: any `CheckpointError` of reading, parsing and validation. Weights that are missing or cannot be read are
    ///   none here.
    package func readConfiguration() throws(CheckpointError) -> ModelConfiguration {
        let parsed = try parseConfiguration()
        return try parsed.validated(weights: try? openWeights(parsed))
    }

    /// Opens configuration and weights and checks that they fit: every tensor there, with its exact shape, of a type that
    /// weights may have. Reads no weights yet. Blocks on the disk.
    ///
    /// - Throws: any `CheckpointError` of reading, parsing, validation and checking.
    package func open() throws(CheckpointError) -> ModelFiles {
        let parsed = try parseConfiguration()
        // A configuration that could never run is a better reason than weights that are missing.
        if !weightFiles.exist, !parsed.isPolicy { _ = try parsed.validated(weights: nil) }
        let weights = try openWeights(parsed)
        let model = try parsed.validated(weights: weights)
        let expected = model.network.tensors
        let (tensors, notes) = try fitted(weights, to: expected)
        return ModelFiles(
            path: path, network: model.network, notes: model.notes + tensors.notes + notes,
            expectedTensors: expected, tensors: tensors, json: parsed.json)
    }

    /// Looks at everything, also where something is wrong. Reads no weights. Blocks on the disk.
    package func examine() -> ModelExamination {
        var found = ModelExamination()
        var parsed: ParsedConfiguration?
        do { parsed = try parseConfiguration() } catch { found.problems.append(error) }
        found.family = parsed?.family
        found.notes = parsed?.notes ?? []
        do { found.weights = try openWeights(parsed) } catch { found.problems.append(error) }
        guard let parsed else { return found }
        do {
            let model = try parsed.validated(weights: found.weights)
            found.network = model.network
            found.notes = model.notes
        } catch {
            found.problems.append(error)
        }
        guard let network = found.network, let weights = found.weights else { return found }
        do throws(CheckpointError) {
            let weights = try weights.withoutPrefix(network.tensors)
            let fit = TensorFit(weights, to: network.tensors)
            found.weights = weights
            found.fit = fit
            found.notes += weights.notes + fit.notes(of: weights)
            if let refusal = fit.refusal(of: weights) { throw refusal }
        } catch {
            found.problems.append(error)
        }
        return found
    }

    // MARK: - Steps

    private func openWeights(_ parsed: ParsedConfiguration?) throws(CheckpointError) -> StateDict {
        if let trained { return trained.tensors }
        guard parsed?.isPolicy == true, weightFiles.single == nil else { return try weightFiles.open() }
        // A policy's file holds more than the network.
        let file = try TrainerFile(try folder.open(LeRobotPolicy.weights))
        guard let model = try DiffusionPolicy.model(in: file, ModelLookup()) else {
            throw .noConfigurationOfFile(file: file.path, holds: file.contents, accepted: [DiffusionPolicy.files])
        }
        return model.tensors
    }

    private func fitted(
        _ weights: StateDict, to expected: [ExpectedTensor]
    ) throws(CheckpointError) -> (StateDict, notes: [String]) {
        do {
            return try weights.fitted(to: expected)
        } catch {
            guard let trained, let mismatch = error.mismatchOfTensors else { throw error }
            throw .unlikeDiffusers(
                file: weights.path, origin: trained.origin,
                difference: "under diffusers' names, \(mismatch); use a model of that structure")
        }
    }

    private func parseConfiguration() throws(CheckpointError) -> ParsedConfiguration {
        let ownNotes = trained?.notes ?? []
        if let trained, configurationPath == weightFiles.single {
            return ParsedConfiguration(
                json: .object(trained.family.fields), family: trained.family, notes: ownNotes, file: configurationPath)
        }
        let file =
            configurationPath == folder.path(of: "config.json")
            ? try folder.open("config.json") : try FileDescriptor(reading: configurationPath)
        if file.size > UNet1DConfiguration.maximumFileBytes {
            throw .fileTooLarge(file: configurationPath, bytes: file.size, limit: UNet1DConfiguration.maximumFileBytes)
        }
        if try file.isGitLFSPointer() { throw .gitLFSPointer(file: configurationPath) }
        var parsed = try ParsedConfiguration(try file.bytes(file.size), file: configurationPath)
        parsed.notes = ownNotes + parsed.notes
        return parsed
    }
}

/// A model folder whose configuration and weights were opened and fit.
package struct ModelFiles: Sendable {
    /// The folder that holds the weights.
    package let path: String
    /// The network.
    package let network: Network
    /// What was ignored or odd, a sentence each.
    package let notes: [String]
    /// The tensors of the network; each is in `tensors`, with that shape.
    package let expectedTensors: [ExpectedTensor]
    /// The weights, under the names that the network has for them.
    package let tensors: StateDict
    /// What config.json holds.
    package let json: JSONValue
}

/// What is known of a model on the disk, whether it would run or not.
package struct ModelExamination: Sendable {
    /// Why it would not run, each with its remedy.
    package var problems: [CheckpointError]
    /// What was ignored or odd, a sentence each.
    package var notes: [String] = []
    /// Nil where config.json cannot be read.
    package var family: ModelFamily?
    /// Nil where the configuration cannot run.
    package var network: Network?
    /// Nil where there are no weights that can be read.
    package var weights: StateDict?
    /// How the weights fit the network; nil where one of them is missing.
    package var fit: TensorFit?

    /// Nothing but what is wrong.
    package init(problems: [CheckpointError] = []) { self.problems = problems }
}
