// Everything that makes diffusers raise whatever the shapes of a forward: at construction, or in any forward.
// Source: diffusers 0.26.3, unet_1d.py, unet_1d_blocks.py, resnet.py.

extension Configuration {
    /// The widest level accepted, in channels.
    public static let maximumChannels = 65536
    /// The most levels accepted.
    public static let maximumLevels = 64
    /// The most layers a block accepted.
    public static let maximumLayers = 64
    /// The most weights accepted in all. No sum of sizes overflows below the limits above: a tensor has fewer than 2³⁷
    /// elements, a model fewer than 2¹⁸ tensors.
    public static let maximumElements = 1 << 40

    /// Refuses what diffusers cannot run.
    ///
    /// - Parameters:
    ///   - fourierFrequencies: length of the checkpoint's `time_proj.weight`; nil: `defaultFourierFrequencies`. Not looked
    ///     at where the embedding is positional.
    ///   - file: the name that errors mention.
    /// - Throws: the first reason found.
    /// - Complexity: O(tensors). Allocates; never more than the limits allow.
    public func validate(
        fourierFrequencies: Int? = nil, file: String = "configuration"
    ) throws(CheckpointError) {
        try Validation(
            configuration: self, frequencies: fourierFrequencies ?? defaultFourierFrequencies, file: file
        ).run()
    }
}

private struct Validation {
    let configuration: Configuration
    let frequencies: Int
    let file: String

    func run() throws(CheckpointError) {
        try checkLevels()
        try checkNumbers()
        try checkTimeEmbedding()
        for (i, block) in configuration.downBlocks.enumerated() { try check(block, isFirst: i == 0) }
        try checkMidBlock()
        try checkUpBlocks()
        try checkOutBlock()
        try checkFourierMLP()
        var elements = 0
        for tensor in configuration.expectedTensors(fourierFrequencies: frequencies) { elements += tensor.count }
        if elements > Configuration.maximumElements {
            throw .tooManyElements(file: file, limit: Configuration.maximumElements)
        }
    }

    // MARK: - Numbers

    private func checkLevels() throws(CheckpointError) {
        let levels = configuration.blockOutChannels
        try checkCount("block_out_channels", levels.count, 1...Configuration.maximumLevels)
        for (i, width) in levels.enumerated() { try checkWidth("block_out_channels[\(i)]", width) }
        let downs = configuration.downBlockTypes.count
        let ups = configuration.upBlockTypes.count
        try checkCount("down_block_types", downs, 0...levels.count)
        try checkCount("up_block_types", ups, 0...levels.count)
        if ups > downs { throw .skipMissing(file: file, upBlocks: ups, downBlocks: downs) }
    }

    private func checkNumbers() throws(CheckpointError) {
        let limit = Configuration.maximumChannels
        if !configuration.downBlockTypes.isEmpty {
            // The reference looks at their sum only.
            try checkRange("in_channels", configuration.inChannels, -limit...limit)
            try checkRange("extra_in_channels", configuration.extraInChannels, -limit...limit)
            if configuration.downBlockTypes[0] != .downBlock1DNoSkip {
                try checkWidth(
                    "in_channels + extra_in_channels", configuration.inChannels + configuration.extraInChannels)
            }
        }
        if configuration.usesOutChannels { try checkWidth("out_channels", configuration.outChannels) }
        if configuration.usesLayersPerBlock, configuration.layersPerBlock > Configuration.maximumLayers {
            throw .outOfRange(
                file: file, field: "layers_per_block", found: configuration.layersPerBlock,
                expected: "at most \(Configuration.maximumLayers)")
        }
    }

    private func checkWidth(_ field: String, _ width: Int) throws(CheckpointError) {
        try checkRange(field, width, 1...Configuration.maximumChannels)
    }

    private func checkRange(_ field: String, _ value: Int, _ range: ClosedRange<Int>) throws(CheckpointError) {
        if !range.contains(value) {
            throw .outOfRange(
                file: file, field: field, found: value, expected: "between \(range.lowerBound) and \(range.upperBound)")
        }
    }

    private func checkCount(_ field: String, _ count: Int, _ range: ClosedRange<Int>) throws(CheckpointError) {
        if count < range.lowerBound {
            throw .wrongCount(file: file, field: field, found: count, expected: "at least one")
        }
        if count > range.upperBound {
            throw .wrongCount(
                file: file, field: field, found: count, expected: "at most \(range.upperBound), one a level")
        }
    }

    // MARK: - Time embedding

    private func checkTimeEmbedding() throws(CheckpointError) {
        if configuration.usesActFn, configuration.actFn == nil {
            throw .activationMissing(
                file: file,
                user: configuration.useTimestepEmbedding
                    ? "the time MLP" : configuration.outBlockType?.name ?? "a block")
        }
        guard configuration.timeEmbeddingType == .fourier else { return }
        // Newer versions derive the number of frequencies from this width; 0.26.3 always has eight and ignores
        // time_embedding_dim.
        let width = configuration.effectiveTimeEmbeddingDim ?? 2 * configuration.blockOutChannels[0]
        if configuration.timeEmbeddingDim != nil, width % 2 != 0 || !(2...Configuration.maximumChannels).contains(width)
        {
            throw .outOfRange(
                file: file, field: "time_embedding_dim", found: width,
                expected: "an even number up to \(Configuration.maximumChannels), or null")
        }
        if frequencies != 8, 2 * frequencies != width {
            throw .fourierFrequencies(file: file, found: frequencies, expected: [8, width / 2])
        }
    }

    /// The Fourier embedding must have the width that the MLP reads: time_embedding_dim in newer versions, twice the first
    /// level's in 0.26.3.
    private func checkFourierMLP() throws(CheckpointError) {
        guard configuration.timeEmbeddingType == .fourier, configuration.useTimestepEmbedding else { return }
        let width = 2 * configuration.blockOutChannels[0]
        let recent = configuration.effectiveTimeEmbeddingDim ?? width
        if 2 * frequencies != recent, 2 * frequencies != width {
            throw .fourierMLPWidth(file: file, embedding: 2 * frequencies, expected: recent)
        }
    }

    private func checkTimeMLP(_ block: String) throws(CheckpointError) {
        if !configuration.useTimestepEmbedding { throw .timeMLPMissing(file: file, block: block) }
    }

    // MARK: - Blocks

    private func check(_ block: DownBlock, isFirst: Bool) throws(CheckpointError) {
        let label = "\(block.name) (\(block.type.rawValue))"
        switch block.type {
        case .downBlock1DNoSkip:
            if !isFirst { throw .noSkipNotFirst(file: file, block: block.name) }
            if configuration.useTimestepEmbedding { throw .noSkipWithTimeMLP(file: file, block: block.name) }
            let width = configuration.timeEmbeddingWidth(fourierFrequencies: frequencies)
            if configuration.sampleChannels(fourierFrequencies: frequencies) < 1 {
                throw .noSampleChannels(
                    file: file, inChannels: configuration.inChannels, extraInChannels: configuration.extraInChannels,
                    embedding: configuration.timeEmbeddingType == .fourier ? "Fourier" : "positional", width: width)
            }
        case .downBlock1D: break
        case .attnDownBlock1D: try checkAttention(label, block.outChannels)
        case .downResnetBlock1D:
            try checkTimeMLP(label)
            try checkResidualTemporal(label, block.outChannels)
        }
    }

    private func checkMidBlock() throws(CheckpointError) {
        let label = "mid_block (\(configuration.midBlockType.rawValue))"
        let width = configuration.midChannels
        if let last = configuration.downBlocks.last, last.outChannels != width {
            throw .widthMismatch(
                file: file, block: label, found: last.outChannels, expected: width,
                source: "\(last.name), the last down block,")
        }
        switch configuration.midBlockType {
        case .unetMidBlock1D: try checkAttention(label, width)
        case .midResTemporalBlock1D:
            try checkTimeMLP(label)
            try checkResidualTemporal(label, width)
            if configuration.midDownsamples, let version = configuration.diffusersVersion,
                version < .midDownsamplingRuns
            {
                throw .midDownsampling(file: file, version: version)
            }
        case .valueFunctionMidBlock1D:
            try checkTimeMLP(label)
            try checkResidualTemporal(label + " res1", width / 2)
            try checkResidualTemporal(label + " res2", width / 4)
        }
    }

    private func checkUpBlocks() throws(CheckpointError) {
        let downBlocks = configuration.downBlocks
        var width = configuration.midOutChannels
        var source = "mid_block"
        for (j, block) in configuration.upBlocks.enumerated() {
            let label = "\(block.name) (\(block.type.rawValue))"
            let skip = downBlocks[downBlocks.count - 1 - j]
            for (channels, giver) in [(width, source), (skip.outChannels, "the skip of \(skip.name)")]
            where channels != block.inChannels {
                throw .widthMismatch(
                    file: file, block: label, found: channels, expected: block.inChannels, source: giver)
            }
            switch block.type {
            case .upBlock1D, .upBlock1DNoSkip: break
            case .attnUpBlock1D: try checkAttention(label, block.outChannels)
            case .upResnetBlock1D:
                try checkTimeMLP(label)
                try checkResidualTemporal(label, block.outChannels)
            }
            width = block.outChannels
            source = block.name
        }
    }

    private func checkOutBlock() throws(CheckpointError) {
        let width = configuration.upOutChannels
        let first = configuration.blockOutChannels[0]
        let source = configuration.upBlocks.last?.name ?? "mid_block"
        switch configuration.outBlockType {
        case .outConv1DBlock:
            let groups = configuration.outNormGroups
            if groups < 1 || first % groups != 0 { throw .outNormGroups(file: file, groups: groups, channels: first) }
            if width != first {
                throw .widthMismatch(
                    file: file, block: "out_block (OutConv1DBlock)", found: width, expected: first, source: source)
            }
        case .valueFunction:
            try checkTimeMLP("out_block (ValueFunction)")
            let values = configuration.midChannels / 4
            if values == 0 || values % width != 0 {
                throw .valueHeadWidth(file: file, channels: width, values: values)
            }
        case .other, nil: break
        }
    }

    private func checkAttention(_ block: String, _ channels: Int) throws(CheckpointError) {
        if channels < 32 || channels % (channels / 32) != 0 {
            throw .attentionWidth(file: file, block: block, channels: channels)
        }
    }

    private func checkResidualTemporal(_ block: String, _ channels: Int) throws(CheckpointError) {
        if channels < 8 || channels % 8 != 0 {
            throw .residualTemporalWidth(file: file, block: block, channels: channels)
        }
    }
}
