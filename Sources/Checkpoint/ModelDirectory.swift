/// A folder with a model: what diffusers' `save_pretrained` writes, or a pipeline folder with `unet/` in it.
///
/// Only config.json and diffusion_pytorch_model.safetensors are ever opened. Pickles (.bin) are not, whatever lies
/// beside them.
package struct ModelDirectory: Sendable {
    /// The folder that holds config.json.
    package let path: String

    /// Finds config.json in `path` or in `path`/unet. Blocks on the disk.
    ///
    /// - Throws: `notAFolder`, `noConfiguration`, `cannotRead` where there is nothing.
    package init(_ path: String) throws(CheckpointError) {
        switch FileSystem.kind(of: path) {
        case nil: throw .cannotRead(file: path, reason: "there is no such folder")
        case .regular, .other: throw .notAFolder(path: path)
        case .folder: break
        }
        let folder = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        if FileSystem.kind(of: folder + "/config.json") != nil {
            self.path = folder
        } else if FileSystem.kind(of: folder + "/unet/config.json") != nil {
            self.path = folder + "/unet"
        } else {
            throw .noConfiguration(folder: path)
        }
    }

    package var configurationPath: String { path + "/config.json" }
    package var weightsPath: String { path + "/diffusion_pytorch_model.safetensors" }

    /// Reads and validates the configuration; of the weights, where there are any, nothing but the header is read, for the
    /// number of Fourier frequencies. Blocks on the disk.
    ///
    /// - Throws: any `CheckpointError` of reading, parsing and validation. Weights that are missing or cannot be read are
    ///   none here.
    package func readConfiguration() throws(CheckpointError) -> ModelConfiguration {
        let parsed = try parseConfiguration()
        do {
            return try validated(parsed, weights: try? TensorFile(path: weightsPath))
        } catch {
            throw betterReason(than: error)
        }
    }

    /// Opens configuration and weights and checks that they fit: every tensor there, with its exact shape, of a type that
    /// weights may have. Reads no weights yet. Blocks on the disk.
    ///
    /// - Throws: any `CheckpointError` of reading, parsing, validation and checking.
    package func open() throws(CheckpointError) -> ModelFiles {
        let parsed = try parseConfiguration()
        if FileSystem.kind(of: weightsPath) == nil {
            // A configuration that could never run is a better reason than weights that are missing.
            do { _ = try validated(parsed, weights: nil) } catch { throw betterReason(than: error) }
        }
        let weights = try openWeights()
        let model = try validated(parsed, weights: weights)
        let expected = model.network.tensors
        return ModelFiles(
            path: path, network: model.network, notes: model.notes + (try weights.check(expected)),
            expectedTensors: expected, tensors: weights)
    }

    // MARK: - Steps

    private struct Parsed {
        var configuration: UNet1DConfiguration
        var notes: [String]
        /// Why the file may be of another class, if it does not run.
        var foreign: CheckpointError?
    }

    private func parseConfiguration() throws(CheckpointError) -> Parsed {
        let file = try FileDescriptor(reading: configurationPath)
        if file.size > UNet1DConfiguration.maximumFileBytes {
            throw .fileTooLarge(file: configurationPath, bytes: file.size, limit: UNet1DConfiguration.maximumFileBytes)
        }
        if try file.isGitLFSPointer() { throw .gitLFSPointer(file: configurationPath) }
        let json = try JSONReader.read(try file.bytes(file.size), file: configurationPath)
        let foreign = ForeignConfiguration.refusal(json, file: configurationPath)
        do {
            let (configuration, notes) = try UNet1DConfiguration.parse(json, file: configurationPath)
            return Parsed(configuration: configuration, notes: notes, foreign: foreign)
        } catch {
            throw foreign ?? error
        }
    }

    private func validated(
        _ parsed: Parsed, weights: TensorFile?
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

    /// The refusal of weights that are split over files, where they are.
    private var shardRefusal: CheckpointError? {
        let index = weightsPath + ".index.json"
        return FileSystem.kind(of: index) == nil ? nil : .shardedWeights(file: index)
    }

    /// The refusal of the shards, where they may have another number of frequencies than the configuration tells.
    private func betterReason(than error: CheckpointError) -> CheckpointError {
        guard FileSystem.kind(of: weightsPath) == nil, let shardRefusal else { return error }
        switch error {
        case .noSampleChannels, .fourierFrequencies, .fourierMLPWidth: return shardRefusal
        default: return error
        }
    }

    private func openWeights() throws(CheckpointError) -> TensorFile {
        if FileSystem.kind(of: weightsPath) != nil { return try TensorFile(path: weightsPath) }
        if let shardRefusal { throw shardRefusal }
        let pickle = path + "/diffusion_pytorch_model.bin"
        if FileSystem.kind(of: pickle) != nil { throw .pickledWeights(file: pickle) }
        throw .noWeights(folder: path)
    }
}

/// What a model folder's config.json describes.
package struct ModelConfiguration: Sendable {
    package let network: Network
    /// What was ignored or odd, a sentence each.
    package let notes: [String]
}

/// A model folder whose configuration and weights were opened and fit.
package struct ModelFiles: Sendable {
    /// The folder that holds config.json.
    package let path: String
    package let network: Network
    /// What was ignored or odd, a sentence each.
    package let notes: [String]
    /// The tensors of the network; each is in `tensors`, with that shape.
    package let expectedTensors: [ExpectedTensor]
    package let tensors: TensorFile
}

extension TensorFile {
    /// The frequencies of the Fourier embedding, whatever stands before the names of this file.
    fileprivate var timeFrequencies: TensorDescription? {
        header["time_proj.weight"] ?? tensors.first { $0.name.hasSuffix(".time_proj.weight") }
    }

    /// Names that a message or a note lists before it says how many more there are.
    private static let listed = 8

    /// What stands before the name of every expected tensor in the file; nil where there is no such text.
    private func prefix(ofAll expected: [ExpectedTensor]) -> String? {
        guard let first = expected.first?.name else { return nil }
        return tensors.lazy.map(\.name).filter { $0.hasSuffix(first) }.map { String($0.dropLast(first.count)) }
            .first { prefix in expected.allSatisfy { header[prefix + $0.name] != nil } }
    }

    /// Checks that every expected tensor is there, with its exact shape, of a type that weights may have.
    ///
    /// - Returns: notes on tensors that nobody expects.
    /// - Throws: `prefixedTensors`, `tensorsMismatch`, `unsupportedElementType`.
    /// - Complexity: O(tensors).
    package func check(_ expected: [ExpectedTensor]) throws(CheckpointError) -> [String] {
        var missing: [String] = []
        var misshapen: [CheckpointError.MisshapenTensor] = []
        var unsupported: TensorDescription?
        for tensor in expected {
            guard let found = header[tensor.name] else {
                missing.append(tensor.name)
                continue
            }
            if found.shape != tensor.shape {
                misshapen.append(.init(name: tensor.name, found: found.shape, expected: tensor.shape))
            }
            if !ElementType.weights.contains(found.elementType) { unsupported = unsupported ?? found }
        }
        if missing.count == expected.count, let prefix = prefix(ofAll: expected) {
            throw .prefixedTensors(file: path, prefix: prefix)
        }
        if !missing.isEmpty || !misshapen.isEmpty {
            throw .tensorsMismatch(
                file: path, missing: Array(missing.prefix(Self.listed)),
                misshapen: Array(misshapen.prefix(Self.listed)), total: missing.count + misshapen.count)
        }
        if let unsupported {
            throw .unsupportedElementType(
                file: path, tensor: unsupported.name, found: unsupported.elementType, expected: ElementType.weights)
        }
        let names = Set(expected.map(\.name))
        let extra = tensors.map(\.name).filter { !names.contains($0) }
        var notes = extra.prefix(Self.listed).map {
            "\(path): tensor \($0.quoted) is not part of the model and is ignored"
        }
        if extra.count > Self.listed {
            notes.append("\(path): \(extra.count - Self.listed) more tensors are not part of the model and are ignored")
        }
        return notes
    }
}
