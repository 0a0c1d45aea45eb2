extension UNet1DConfiguration {
    /// The largest config.json that is read, in bytes.
    package static let maximumFileBytes = 1 << 20

    /// The names of the fields, as in config.json.
    package static let fieldNames: Set<String> = [
        "sample_size", "sample_rate", "in_channels", "out_channels", "extra_in_channels", "time_embedding_type",
        "flip_sin_to_cos", "use_timestep_embedding", "freq_shift", "down_block_types", "up_block_types",
        "mid_block_type", "out_block_type", "block_out_channels", "act_fn", "norm_num_groups", "layers_per_block",
        "downsample_each_block", "time_embedding_dim",
    ]

    /// Reads the text of a config.json. The result is not yet validated.
    ///
    /// - Parameters:
    ///   - bytes: JSON text, UTF-8, at most `maximumFileBytes`.
    ///   - file: the name that errors and notes mention.
    /// - Returns: the configuration, and notes on what was ignored, a sentence each.
    /// - Throws: `malformedJSON`, `wrongType`, `unknownName`, `fileTooLarge`.
    package static func parse(
        _ bytes: [UInt8], file: String
    ) throws(CheckpointError) -> (configuration: UNet1DConfiguration, notes: [String]) {
        if bytes.count > maximumFileBytes {
            throw .fileTooLarge(file: file, bytes: bytes.count, limit: maximumFileBytes)
        }
        return try parse(try JSONReader.read(bytes, file: file), file: file)
    }

    /// Reads a configuration that is part of another JSON file, a profile for instance. The result is not yet validated.
    package static func parse(
        _ json: JSONValue, file: String
    ) throws(CheckpointError) -> (configuration: UNet1DConfiguration, notes: [String]) {
        var fields = try ConfigurationFields(json, file: file, known: fieldNames)
        let standard = UNet1DConfiguration()
        var result = standard

        // What decides which other fields are looked at.
        result.timeEmbeddingType = try fields.name("time_embedding_type", default: standard.timeEmbeddingType)
        result.useTimestepEmbedding = fields.truth("use_timestep_embedding", default: standard.useTimestepEmbedding)
        result.downBlockTypes = try fields.names("down_block_types", default: standard.downBlockTypes)
        result.upBlockTypes = try fields.names("up_block_types", default: standard.upBlockTypes)
        result.midBlockType = try fields.name("mid_block_type", default: standard.midBlockType)
        result.outBlockType = fields.value("out_block_type").map(outBlock)
        result.blockOutChannels = try fields.integers("block_out_channels", default: standard.blockOutChannels)

        let readsSample = !result.downBlockTypes.isEmpty
        result.inChannels = try fields.integer("in_channels", default: standard.inChannels, used: readsSample)
        result.extraInChannels = try fields.integer(
            "extra_in_channels", default: standard.extraInChannels, used: readsSample)
        result.outChannels = try fields.integer(
            "out_channels", default: standard.outChannels, used: result.usesOutChannels)
        result.layersPerBlock = try fields.integer(
            "layers_per_block", default: standard.layersPerBlock, used: result.usesLayersPerBlock)
        result.normNumGroups = try fields.optionalInteger(
            "norm_num_groups", default: standard.normNumGroups, used: result.outBlockType == .outConv1DBlock)
        result.freqShift = try fields.number(
            "freq_shift", default: standard.freqShift, used: result.timeEmbeddingType == .positional)
        result.timeEmbeddingDim = try fields.optionalInteger(
            "time_embedding_dim", default: standard.timeEmbeddingDim, used: result.timeEmbeddingType == .fourier)
        result.sampleSize = try fields.remark("sample_size", default: standard.sampleSize)
        result.sampleRate = try fields.remark("sample_rate", default: standard.sampleRate)
        result.flipSinToCos = fields.truth("flip_sin_to_cos", default: standard.flipSinToCos)
        result.downsampleEachBlock = fields.truth(
            "downsample_each_block", default: standard.downsampleEachBlock, used: result.usesDownsampleEachBlock)
        result.actFn = try activation(&fields, used: result.usesActFn)
        result.diffusersVersion = fields.version("_diffusers_version")
        return (result, fields.notes)
    }

    private static func outBlock(_ value: JSONValue) -> OutBlockType {
        if case .string(let name) = value { OutBlockType(name: name) } else { .other(value.summary) }
    }

    private static func activation(
        _ fields: inout ConfigurationFields, used: Bool
    ) throws(CheckpointError) -> Activation? {
        guard let value = fields.value("act_fn") else { return nil }
        if case .string(let name) = value, let activation = Activation(name: name) {
            if !used { fields.noteUnused("act_fn") }
            return activation
        }
        if used {
            throw .unknownName(
                file: fields.file, field: "act_fn", found: value.summary,
                known: ["silu", "swish", "mish", "gelu", "relu"])
        }
        fields.noteUnused("act_fn")
        return nil
    }
}
