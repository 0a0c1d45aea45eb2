extension UNet1DConfiguration {
    /// Every field with its value, in diffusers' order and under its names, as config.json has them.
    ///
    /// Source: diffusers 0.26.3, unet_1d.py, `UNet1DModel.__init__`.
    package var fields: [JSONValue.Member] {
        func integer(_ value: Int?) -> JSONValue { value.map { .integer($0) } ?? .null }
        func names(_ values: [String]) -> JSONValue { .array(values.map { .string($0) }) }
        let fields: [(String, JSONValue)] = [
            ("sample_size", integer(sampleSize)), ("sample_rate", integer(sampleRate)),
            ("in_channels", .integer(inChannels)), ("out_channels", .integer(outChannels)),
            ("extra_in_channels", .integer(extraInChannels)),
            ("time_embedding_type", .string(timeEmbeddingType.rawValue)),
            ("time_embedding_dim", integer(timeEmbeddingDim)),
            ("flip_sin_to_cos", .bool(flipSinToCos)), ("use_timestep_embedding", .bool(useTimestepEmbedding)),
            ("freq_shift", .double(freqShift)),
            ("down_block_types", names(downBlockTypes.map(\.rawValue))),
            ("up_block_types", names(upBlockTypes.map(\.rawValue))),
            ("mid_block_type", .string(midBlockType.rawValue)),
            ("out_block_type", outBlockType.map { .string($0.name) } ?? .null),
            ("block_out_channels", .array(blockOutChannels.map { .integer($0) })),
            ("act_fn", actFn.map { .string($0.rawValue) } ?? .null),
            ("norm_num_groups", integer(normNumGroups)), ("layers_per_block", .integer(layersPerBlock)),
            ("downsample_each_block", .bool(downsampleEachBlock)),
        ]
        return fields.map { JSONValue.Member(key: $0.0, value: $0.1) }
    }
}
