/// The configuration of either family as its text has it, not yet validated.
struct ParsedConfiguration {
    let json: JSONValue
    let family: ModelFamily
    var notes: [String]
    /// Why the text may be of another class, if it does not run.
    var foreign: CheckpointError?
    /// Whether it is that of a policy of LeRobot, whose weights have a file of another name.
    var isPolicy = false
    /// The name that errors and notes mention.
    let file: String

    init(json: JSONValue, family: ModelFamily, notes: [String], file: String) {
        self.json = json
        self.family = family
        self.notes = notes
        self.file = file
    }

    /// Reads the text of a config.json.
    ///
    /// - Parameters:
    ///   - bytes: JSON text, UTF-8, at most `UNet1DConfiguration.maximumFileBytes`.
    ///   - file: the name that errors and notes mention.
    /// - Throws: `malformedJSON`, `wrongType`, `unknownName`, `anotherClass`, `fileTooLarge`.
    init(_ bytes: [UInt8], file: String) throws(CheckpointError) {
        if bytes.count > UNet1DConfiguration.maximumFileBytes {
            throw .fileTooLarge(file: file, bytes: bytes.count, limit: UNet1DConfiguration.maximumFileBytes)
        }
        json = try JSONReader.read(bytes, file: file)
        foreign = ForeignConfiguration.refusal(json, file: file)
        isPolicy = LeRobotPolicy.describes(json)
        self.file = file
        do {
            (family, notes) = try ModelFamily.parse(json, file: file)
        } catch {
            throw foreign ?? error
        }
    }

    /// The network, checked.
    ///
    /// - Parameter weights: tell the number of Fourier frequencies, and how wide a policy's observation is; nil: the
    ///   configuration does.
    /// - Throws: `wrongRank`, and what validation throws.
    func validated(weights: StateDict?) throws(CheckpointError) -> ModelConfiguration {
        let configuration: UNet1DConfiguration
        switch family {
        case .unet1D(let parsed): configuration = parsed
        case .conditionalUnet1D(var policy):
            if isPolicy, let width = weights.flatMap({ TensorSizes($0.tensors).globalWidth }) {
                // An encoder of pictures decides it, of which the configuration has a part.
                policy.globalCondDim = width
            }
            return ModelConfiguration(network: try Network(policy, file: file), notes: notes)
        }
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
            let network = try Network(configuration, fourierFrequencies: frequencies, file: file)
            return ModelConfiguration(network: network, notes: notes + network.notes(weights: teller, file: file))
        } catch {
            throw foreign ?? error
        }
    }
}

/// What a configuration describes, checked.
package struct ModelConfiguration: Sendable {
    package let network: Network
    /// What was ignored or odd, a sentence each.
    package let notes: [String]

    /// The configuration that a text describes, without weights that would tell more, and the JSON value that it is. Errors
    /// and notes call the text `configuration`.
    ///
    /// - Throws: any `CheckpointError` of parsing and validation.
    package static func parse(_ bytes: [UInt8]) throws(CheckpointError) -> (ModelConfiguration, json: JSONValue) {
        let parsed = try ParsedConfiguration(bytes, file: "configuration")
        return (try parsed.validated(weights: nil), parsed.json)
    }
}
