extension Network {
    /// The configuration as diffusers' `save_config` writes it: every field, keys in order.
    ///
    /// - Parameter original: the object that the configuration was read from, whose values are kept as they are written; nil:
    ///   none.
    /// - Returns: the JSON object, and notes on what was added to it.
    func savedConfiguration(keeping original: JSONValue?) -> (json: JSONValue, notes: [String]) {
        let c = configuration
        let version = savedVersion
        var notes: [String] = []
        var fields: [String: JSONValue] = [
            "_class_name": .string("UNet1DModel"),
            "_diffusers_version": .string(version.text),
            "act_fn": c.actFn.map { .string($0.rawValue) } ?? .null,
            "block_out_channels": .array(c.blockOutChannels.map(JSONValue.integer)),
            "down_block_types": .array(c.downBlockTypes.map { .string($0.rawValue) }),
            "downsample_each_block": .bool(c.downsampleEachBlock),
            "extra_in_channels": .integer(c.extraInChannels),
            "flip_sin_to_cos": .bool(c.flipSinToCos),
            "freq_shift": .double(c.freqShift),
            "in_channels": .integer(c.inChannels),
            "layers_per_block": .integer(c.layersPerBlock),
            "mid_block_type": .string(c.midBlockType.rawValue),
            "norm_num_groups": c.normNumGroups.map(JSONValue.integer) ?? .null,
            "out_block_type": c.outBlockType.map { .string($0.name) } ?? .null,
            "out_channels": .integer(c.outChannels),
            "sample_rate": c.sampleRate.map(JSONValue.integer) ?? .null,
            "sample_size": c.sampleSize.map(JSONValue.integer) ?? .null,
            "time_embedding_type": .string(c.timeEmbeddingType.rawValue),
            "up_block_types": .array(c.upBlockTypes.map { .string($0.rawValue) }),
            "use_timestep_embedding": .bool(c.useTimestepEmbedding),
        ]
        // Earlier versions warn of a field that they do not know.
        if c.timeEmbeddingDim != nil || version >= .fourierWidthIsDerived {
            fields["time_embedding_dim"] = c.timeEmbeddingDim.map(JSONValue.integer) ?? .null
        }
        if case .object(let members)? = original {
            var defaulted: [JSONValue] = []
            if case .array(let keys)? = original?["_use_default_values"] { defaulted = keys }
            for member in members
            where !member.key.hasPrefix("_") && fields[member.key] != nil && !defaulted.contains(.string(member.key)) {
                fields[member.key] = member.value
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
        if configuration.timeEmbeddingType == .fourier, fourierFrequencies != Configuration.fixedFourierFrequencies {
            return .fourierWidthIsDerived
        }
        let downsamples = configuration.midBlockType == .midResTemporalBlock1D && configuration.downsampleEachBlock
        return downsamples ? .midDownsamplingRuns : .reference
    }
}
