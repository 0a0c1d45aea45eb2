/// The configuration of a `ConditionalUnet1D`, the network of robot policies: field for field that of Diffusion Policy, with which
/// LeRobot's `DiffusionConditionalUnet1d` agrees. Widths are channels.
///
/// ```swift
/// let policy = ConditionalUnet1DConfiguration(inputDim: 7, globalCondDim: 40, downDims: [256, 512, 1024])
/// ```
///
/// A value may be inconsistent until a model was made of it.
/// Sources: real-stanford/diffusion_policy, conditional_unet1d.py; lerobot, modeling_diffusion.py.
public struct ConditionalUnet1DConfiguration: Sendable, Hashable {
    /// Numbers of a position of the sample: the values of an action.
    public var inputDim: Int
    /// Numbers of a position of the local condition; nil or 0: there is none.
    public var localCondDim: Int?
    /// Numbers of the global condition, an observation for each batch element; nil or 0: there is none.
    public var globalCondDim: Int?
    /// Width of the timestep's embedding.
    public var diffusionStepEmbedDim: Int
    /// Widths of the levels, outermost first.
    public var downDims: [Int]
    /// Width of the convolutions, an odd number.
    public var kernelSize: Int
    /// Groups of the norms, but for the last, which has 8.
    public var nGroups: Int
    /// Whether the condition gives a factor for each channel, besides a summand.
    public var condPredictScale: Bool
    /// Positions of a training sample; nil: unknown. Nothing in the model depends on it.
    public var horizon: Int?

    /// A configuration, with Diffusion Policy's defaults for what is not given.
    public init(
        inputDim: Int, localCondDim: Int? = nil, globalCondDim: Int? = nil, diffusionStepEmbedDim: Int = 256,
        downDims: [Int] = [256, 512, 1024], kernelSize: Int = 3, nGroups: Int = 8, condPredictScale: Bool = false,
        horizon: Int? = nil
    ) {
        self.inputDim = inputDim
        self.localCondDim = localCondDim
        self.globalCondDim = globalCondDim
        self.diffusionStepEmbedDim = diffusionStepEmbedDim
        self.downDims = downDims
        self.kernelSize = kernelSize
        self.nGroups = nGroups
        self.condPredictScale = condPredictScale
        self.horizon = horizon
    }
}

extension ConditionalUnet1DConfiguration {
    /// The name of the class in `_class_name`.
    package static let className = "ConditionalUnet1D"
    /// The widest convolution accepted.
    package static let maximumKernelSize = 31

    /// Numbers of the global condition, 0 where there is none.
    package var globalWidth: Int { globalCondDim ?? 0 }
    /// Numbers of a position of the local condition, 0 where there is none.
    package var localWidth: Int { localCondDim ?? 0 }
    /// What a block's projection reads: the step, then the global condition.
    package var conditionWidth: Int { diffusionStepEmbedDim + globalWidth }

    /// The structure in the words of diffusers' UNet1DModel, which has the same blocks with another condition.
    package var structure: UNet1DConfiguration {
        UNet1DConfiguration(
            sampleSize: horizon, inChannels: inputDim, outChannels: inputDim, timeEmbeddingType: .positional,
            flipSinToCos: false, useTimestepEmbedding: true, freqShift: 1,
            downBlockTypes: Array(repeating: .downResnetBlock1D, count: downDims.count),
            upBlockTypes: Array(repeating: .upResnetBlock1D, count: max(0, downDims.count - 1)),
            midBlockType: .midResTemporalBlock1D, outBlockType: .outConv1DBlock, blockOutChannels: downDims,
            actFn: .mish)
    }

    /// Every field with its value, in the constructor's order and under its names.
    package var fields: [JSONValue.Member] {
        func integer(_ value: Int?) -> JSONValue { value.map { .integer($0) } ?? .null }
        let fields: [(String, JSONValue)] = [
            ("input_dim", .integer(inputDim)), ("local_cond_dim", integer(localCondDim)),
            ("global_cond_dim", integer(globalCondDim)),
            ("diffusion_step_embed_dim", .integer(diffusionStepEmbedDim)),
            ("down_dims", .array(downDims.map { .integer($0) })), ("kernel_size", .integer(kernelSize)),
            ("n_groups", .integer(nGroups)), ("cond_predict_scale", .bool(condPredictScale)),
            ("horizon", integer(horizon)),
        ]
        return fields.map { JSONValue.Member(key: $0.0, value: $0.1) }
    }

    /// The names of the fields, as in config.json.
    package static let fieldNames: Set<String> = Set(ConditionalUnet1DConfiguration(inputDim: 1).fields.map(\.key))

    /// Whether a configuration is one of this class: it says so, or it has the fields of no other class.
    static func describes(_ json: JSONValue) -> Bool {
        if case .string(let name)? = json["_class_name"] { return name == className }
        return json["down_dims"] != nil && json["input_dim"] != nil
    }

    /// Reads the fields of a JSON object. The result is not yet validated.
    ///
    /// - Returns: the configuration, and notes on what was ignored, a sentence each.
    /// - Throws: `wrongType`.
    package static func parse(
        _ json: JSONValue, file: String
    ) throws(CheckpointError) -> (configuration: ConditionalUnet1DConfiguration, notes: [String]) {
        var fields = try ConfigurationFields(json, file: file, known: fieldNames, className: className)
        var result = ConditionalUnet1DConfiguration(inputDim: 0)
        result.inputDim = try fields.integer("input_dim", default: 0)
        result.localCondDim = try fields.optionalInteger("local_cond_dim", default: nil)
        result.globalCondDim = try fields.optionalInteger("global_cond_dim", default: nil)
        result.diffusionStepEmbedDim = try fields.integer(
            "diffusion_step_embed_dim", default: result.diffusionStepEmbedDim)
        result.downDims = try fields.integers("down_dims", default: result.downDims)
        result.kernelSize = try fields.integer("kernel_size", default: result.kernelSize)
        result.nGroups = try fields.integer("n_groups", default: result.nGroups)
        result.condPredictScale = fields.truth("cond_predict_scale", default: result.condPredictScale)
        result.horizon = try fields.remark("horizon", default: nil)
        return (result, fields.notes)
    }
}
