/// A family of models, with the configuration of one of them.
public enum ModelFamily: Sendable, Hashable {
    /// diffusers' UNet1DModel.
    case unet1D(UNet1DConfiguration)
    /// The network of robot policies.
    case conditionalUnet1D(ConditionalUnet1DConfiguration)
}

extension ModelFamily {
    /// The name of the class, as `_class_name` has it.
    package var className: String {
        switch self {
        case .unet1D: "UNet1DModel"
        case .conditionalUnet1D: ConditionalUnet1DConfiguration.className
        }
    }

    /// Every field with its value, under the names that the class has for them.
    package var fields: [JSONValue.Member] {
        switch self {
        case .unet1D(let configuration): configuration.fields
        case .conditionalUnet1D(let configuration): configuration.fields
        }
    }

    /// The network.
    ///
    /// - Parameters:
    ///   - fourierFrequencies: as for a network of a `UNet1DConfiguration`; the other family has none.
    ///   - file: the name that errors mention.
    /// - Throws: what the families' networks throw.
    package func network(
        fourierFrequencies: Int? = nil, file: String = "configuration"
    ) throws(CheckpointError) -> Network {
        switch self {
        case .unet1D(let configuration):
            try Network(configuration, fourierFrequencies: fourierFrequencies, file: file)
        case .conditionalUnet1D(let configuration): try Network(configuration, file: file)
        }
    }

    /// Reads the configuration of whichever family a JSON object describes. The result is not yet validated.
    ///
    /// - Returns: the configuration, and notes on what was ignored, a sentence each.
    /// - Throws: `wrongType`, `unknownName`.
    package static func parse(
        _ json: JSONValue, file: String
    ) throws(CheckpointError) -> (family: ModelFamily, notes: [String]) {
        if let policy = try LeRobotPolicy(json, file: file) { return (.conditionalUnet1D(policy.network), []) }
        if ConditionalUnet1DConfiguration.describes(json) {
            let (configuration, notes) = try ConditionalUnet1DConfiguration.parse(json, file: file)
            return (.conditionalUnet1D(configuration), notes)
        }
        let (configuration, notes) = try UNet1DConfiguration.parse(json, file: file)
        return (.unet1D(configuration), notes)
    }
}
