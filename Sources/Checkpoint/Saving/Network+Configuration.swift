extension Network {
    /// The configuration as diffusers' `save_config` writes it: every field, keys in order.
    ///
    /// - Parameter original: the object that the configuration was read from; nil: none. Its values are kept as they are
    ///   written where they are single values or lists of such. An unused field may hold anything else, which gives way to
    ///   the value that was understood.
    /// - Returns: the JSON object, and notes on what was added to it.
    package func savedConfiguration(keeping original: JSONValue?) -> (json: JSONValue, notes: [String]) {
        if let conditional {
            let name = JSONValue.Member(key: "_class_name", value: .string(ConditionalUnet1DConfiguration.className))
            return (.object([name] + conditional.fields), [])
        }
        let c = configuration
        let version = savedVersion
        var notes: [String] = []
        var fields = Dictionary(c.fields.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
        fields["_class_name"] = .string("UNet1DModel")
        fields["_diffusers_version"] = .string(version.text)
        // Earlier versions warn of a field that they do not know.
        if c.timeEmbeddingDim == nil && version < .fourierWidthIsDerived { fields["time_embedding_dim"] = nil }
        if case .object(let members)? = original {
            let understood = fields
            var defaulted: Set<String> = []
            if case .array(let keys)? = original?["_use_default_values"] {
                for case .string(let key) in keys { defaulted.insert(key) }
            }
            for member in members
            where !member.key.hasPrefix("_") && fields[member.key] != nil && !defaulted.contains(member.key) {
                // Values of any depth would grow in writing: each line is indented by its depth.
                fields[member.key] = member.value.isFlat ? member.value : understood[member.key]
            }
        }
        if c.timeEmbeddingType == .fourier, fourierFrequencies != c.derivedFourierFrequencies {
            fields["time_embedding_dim"] = .integer(time.width)
            notes.append(
                """
                config.json: time_embedding_dim was set to \(time.width), the width of the Fourier embedding, without which \
                diffusers from \(DiffusersVersion.fourierWidthIsDerived) on builds \(2 * c.derivedFourierFrequencies); \
                earlier versions ignore it
                """)
        }
        return (.object(fields.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: $0.value) }), notes)
    }

    /// The version that the configuration came with; else the reference, or the first one that builds and runs this network.
    private var savedVersion: DiffusersVersion {
        if let version = configuration.diffusersVersion { return version }
        if configuration.timeEmbeddingType == .fourier,
            fourierFrequencies != UNet1DConfiguration.fixedFourierFrequencies
        {
            return .fourierWidthIsDerived
        }
        let downsamples = configuration.midBlockType == .midResTemporalBlock1D && configuration.downsampleEachBlock
        return downsamples ? .midDownsamplingRuns : .reference
    }
}

extension JSONValue {
    /// Whether the value is neither a list nor an object.
    private var isScalar: Bool {
        switch self {
        case .array, .object: false
        default: true
        }
    }

    /// Whether the value is a single one or a list of such.
    fileprivate var isFlat: Bool {
        if case .array(let elements) = self { return elements.allSatisfy(\.isScalar) }
        return isScalar
    }
}
