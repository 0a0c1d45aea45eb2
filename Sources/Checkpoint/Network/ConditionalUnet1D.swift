/// What a network reads besides the sample and the timestep.
package struct NetworkCondition: Sendable {
    /// Numbers of the step's embedding, which the blocks' projections read first.
    package let stepWidth: Int
    /// Numbers of the observation of a batch element, which they read next; 0: there is none.
    package let globalWidth: Int
    private let encodedLocal: LocalCondition?
    /// Whether the caller has a local condition, where the network can read one.
    var readsLocal = true

    /// What reads a condition of each position; nil: nothing.
    package var local: LocalCondition? { readsLocal ? encodedLocal : nil }
    var localTensors: [ExpectedTensor] { encodedLocal.map { $0.encoder.tensors + $0.unread.tensors } ?? [] }

    init(stepWidth: Int, globalWidth: Int, local: LocalCondition?) {
        (self.stepWidth, self.globalWidth, encodedLocal) = (stepWidth, globalWidth, local)
    }
}

/// A condition of each position: a block encodes it, and the first level adds that after its first block.
package struct LocalCondition: Sendable {
    /// Numbers of a position.
    package let width: Int
    package let encoder: ResidualTemporalBlock1D
    /// A second block that checkpoints have and no forward reads.
    /// Source: real-stanford/diffusion_policy, conditional_unet1d.py: its index is never reached.
    let unread: ResidualTemporalBlock1D
}

extension Network {
    /// Parses the configuration of a `ConditionalUnet1D`. Allocates.
    ///
    /// Source: real-stanford/diffusion_policy, conditional_unet1d.py, ConditionalUnet1D.__init__.
    ///
    /// - Parameter file: the name that errors mention.
    /// - Throws: `CheckpointError` for what the reference raises for, whatever the shapes of a forward: the first reason found.
    /// - Complexity: O(tensors).
    package init(
        _ configuration: ConditionalUnet1DConfiguration, file: String = "configuration"
    ) throws(CheckpointError) {
        try configuration.validate(file: file)
        let widths = configuration.downDims
        let (first, last) = (widths[0], widths[widths.count - 1])
        self.configuration = configuration.structure
        conditional = configuration
        fourierFrequencies = 0
        sampleChannels = configuration.inputDim
        layout = .positionsFirst
        time = TimeEmbedding(positionalWidth: configuration.diffusionStepEmbedDim)
        mlp = TimeMLP(stepEncoder: configuration.diffusionStepEmbedDim)
        condition = NetworkCondition(
            stepWidth: configuration.diffusionStepEmbedDim, globalWidth: configuration.globalWidth,
            local: configuration.localWidth == 0
                ? nil
                : LocalCondition(
                    width: configuration.localWidth,
                    encoder: ResidualTemporalBlock1D(
                        "local_cond_encoder.0", in: configuration.localWidth, out: first, configuration),
                    unread: ResidualTemporalBlock1D(
                        "local_cond_encoder.1", in: configuration.localWidth, out: first, configuration)))
        down = widths.indices.map { i in
            DownBlock(
                level: i, in: i == 0 ? configuration.inputDim : widths[i - 1], isLast: i == widths.count - 1,
                configuration)
        }
        mid = MidBlock(width: last, configuration)
        up = widths.indices.dropLast().map { i in
            let from = widths[widths.count - 1 - i]
            return UpBlock(level: i, in: from, out: widths[widths.count - 2 - i], configuration)
        }
        out = OutBlock(configuration)
        if parameters > UNet1DConfiguration.maximumElements {
            throw .tooManyElements(file: file, limit: UNet1DConfiguration.maximumElements)
        }
    }
}

extension ConditionalUnet1DConfiguration {
    /// Checks what makes the reference raise.
    fileprivate func validate(file: String) throws(CheckpointError) {
        func check(_ field: String, _ value: Int, _ range: ClosedRange<Int>) throws(CheckpointError) {
            guard range.contains(value) else {
                throw .outOfRange(
                    file: file, field: field, found: value,
                    expected: "between \(range.lowerBound) and \(range.upperBound)")
            }
        }
        let most = UNet1DConfiguration.maximumChannels
        try check("input_dim", inputDim, 1...most)
        try check("local_cond_dim", localWidth, 0...most)
        try check("global_cond_dim", globalWidth, 0...most)
        try check("diffusion_step_embed_dim", diffusionStepEmbedDim, 4...most)
        guard diffusionStepEmbedDim % 2 == 0 else {
            throw .outOfRange(
                file: file, field: "diffusion_step_embed_dim", found: diffusionStepEmbedDim, expected: "an even number")
        }
        try check("kernel_size", kernelSize, 1...Self.maximumKernelSize)
        guard kernelSize % 2 == 1 else {
            throw .outOfRange(
                file: file, field: "kernel_size", found: kernelSize,
                expected: "an odd number, as an even one makes each convolution's result longer than its input")
        }
        try check("n_groups", nGroups, 1...most)
        guard 1...UNet1DConfiguration.maximumLevels ~= downDims.count else {
            throw .wrongCount(
                file: file, field: "down_dims", found: downDims.count,
                expected: "1 to \(UNet1DConfiguration.maximumLevels)")
        }
        for (i, width) in downDims.enumerated() {
            try check("down_dims[\(i)]", width, 1...most)
            // The last norm has 8 groups, whatever n_groups is.
            let groups = i == 0 && width % nGroups == 0 ? ResidualTemporalBlock1D.groups : nGroups
            guard width % groups == 0 else {
                throw .outOfRange(
                    file: file, field: "down_dims[\(i)]", found: width,
                    expected: "a multiple of the \(groups) groups of its norms")
            }
        }
    }
}

// The parts of UNet1DModel's blocks that a `ConditionalUnet1D` is made of, under its names.

extension DownBlock {
    fileprivate init(level: Int, in inputs: Int, isLast: Bool, _ configuration: ConditionalUnet1DConfiguration) {
        name = "down_modules.\(level)"
        type = .downResnetBlock1D
        outputs = configuration.downDims[level]
        body = .temporal(
            ResidualTemporalBlock1D.pair(name, in: inputs, out: outputs, configuration),
            downsample: isLast ? nil : .halving(name + ".2.conv", outputs))
    }
}

extension MidBlock {
    fileprivate init(width: Int, _ configuration: ConditionalUnet1DConfiguration) {
        name = "mid_modules"
        outputs = width
        body = .temporal(
            ResidualTemporalBlock1D.pair(name, in: width, out: width, configuration).map { ($0, nil) })
    }
}

extension UpBlock {
    fileprivate init(level: Int, in inputs: Int, out: Int, _ configuration: ConditionalUnet1DConfiguration) {
        name = "up_modules.\(level)"
        type = .upResnetBlock1D
        outputs = out
        body = .temporal(
            ResidualTemporalBlock1D.pair(name, in: 2 * inputs, out: out, configuration, readsSkip: true),
            upsample: ConvTranspose1d(name: name + ".2.conv", channels: out))
    }
}

extension OutBlock {
    fileprivate init(_ configuration: ConditionalUnet1DConfiguration) {
        let first = configuration.downDims[0]
        self = .convolutions(
            .same("final_conv.0.block.0", first, first, taps: configuration.kernelSize),
            GroupNorm(name: "final_conv.0.block.1", channels: first, groups: ResidualTemporalBlock1D.groups), .mish,
            Conv1d(name: "final_conv.1", inputs: first, outputs: configuration.inputDim, taps: 1))
    }
}
