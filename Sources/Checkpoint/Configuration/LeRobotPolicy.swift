/// What the config.json of a LeRobot policy of type "diffusion" says: its network, and how it acts.
///
/// Source: lerobot 0.4, policies/diffusion/configuration_diffusion.py and modeling_diffusion.py.
package struct LeRobotPolicy: Sendable {
    /// The network. Its global condition is the observations of `observationSteps`, the oldest first.
    package var network: ConditionalUnet1DConfiguration
    /// Observations that a plan is made from.
    package var observationSteps: Int
    /// Actions of a plan that are carried out.
    package var actionSteps: Int
    /// The class of the scheduler: `DDPM` or `DDIM`.
    package var scheduler: String
    /// Steps of a denoising loop; nil: as many as in training.
    package var inferenceSteps: Int?
    /// The scheduler's fields, under diffusers' names.
    package var schedulerFields: [JSONValue.Member]
    /// Steps of the training.
    package var trainingSteps: Int
    /// The numbers of an observation that no encoder makes of pictures, in the order of the global condition: the state's,
    /// before those of pictures, and the environment's, behind them.
    package var observationFeatures: [Feature]
    /// The name of what is planned.
    package var actionFeature: String

    /// An input of a policy.
    package struct Feature: Sendable, Hashable {
        package let name: String
        package let type: String
        package let width: Int
    }

    /// The file of the weights in a policy's folder.
    package static let weights = "model.safetensors"

    /// Whether a configuration is that of such a policy.
    static func describes(_ json: JSONValue) -> Bool {
        json["type"] == .string("diffusion") && (json["down_dims"] != nil || json["input_features"] != nil)
    }

    /// Reads a policy.
    ///
    /// - Returns: nil for a JSON value that is no configuration of such a policy.
    /// - Throws: `wrongType`, `outOfRange`.
    package init?(_ json: JSONValue, file: String) throws(CheckpointError) {
        guard Self.describes(json) else { return nil }
        var fields = try ConfigurationFields(json, file: file, known: [], className: "DiffusionPolicy")
        var network = ConditionalUnet1DConfiguration(
            inputDim: 0, diffusionStepEmbedDim: 128, downDims: [512, 1024, 2048], kernelSize: 5, condPredictScale: true)
        network.downDims = try fields.integers("down_dims", default: network.downDims)
        network.kernelSize = try fields.integer("kernel_size", default: network.kernelSize)
        network.nGroups = try fields.integer("n_groups", default: network.nGroups)
        network.diffusionStepEmbedDim = try fields.integer(
            "diffusion_step_embed_dim", default: network.diffusionStepEmbedDim)
        network.condPredictScale = fields.truth("use_film_scale_modulation", default: network.condPredictScale)
        network.horizon = try fields.integer("horizon", default: 16)
        observationSteps = try fields.integer("n_obs_steps", default: 2)
        actionSteps = try fields.integer("n_action_steps", default: 8)
        let keypoints = try fields.integer("spatial_softmax_num_keypoints", default: 32)
        let features = Features(json, file: file)
        let actions = try features.all(of: "ACTION", in: "output_features")
        network.inputDim = actions.reduce(0) { $0 + $1.width }
        actionFeature = actions.first?.name ?? "action"
        observationFeatures =
            try features.all(of: "STATE", in: "input_features").filter { $0.name == "observation.state" }
            + features.all(of: "ENV", in: "input_features")
        var width = observationFeatures.reduce(0) { $0 + $1.width }
        // A camera's picture becomes the positions of so many points.
        let most = UNet1DConfiguration.maximumChannels
        for (field, value) in [("spatial_softmax_num_keypoints", keypoints), ("n_obs_steps", observationSteps)]
        where !(0...most ~= value) {
            throw .outOfRange(file: file, field: field, found: value, expected: "between 0 and \(most)")
        }
        let pictures = features.count(of: "VISUAL", in: "input_features")
        guard pictures <= 64 else {
            throw .wrongCount(
                file: file, field: "input_features", found: pictures, expected: "at most 64 features of a type")
        }
        width += pictures * 2 * keypoints
        let (global, overflow) = width.multipliedReportingOverflow(by: observationSteps)
        guard !overflow, global <= most else {
            throw .outOfRange(file: file, field: "n_obs_steps", found: observationSteps, expected: "fewer observations")
        }
        network.globalCondDim = global
        self.network = network
        if case .string(let name)? = fields.value("noise_scheduler_type") {
            scheduler = name
        } else {
            scheduler = "DDPM"
        }
        trainingSteps = try fields.integer("num_train_timesteps", default: 100)
        inferenceSteps = try fields.optionalInteger("num_inference_steps", default: nil)
        // LeRobot's defaults are not those of the scheduler's class.
        let defaults: [(String, JSONValue)] = [
            ("num_train_timesteps", .integer(100)), ("beta_schedule", .string("squaredcos_cap_v2")),
            ("beta_start", .double(0.0001)), ("beta_end", .double(0.02)), ("prediction_type", .string("epsilon")),
            ("clip_sample", .bool(true)), ("clip_sample_range", .double(1)),
        ]
        schedulerFields = defaults.map { .init(key: $0.0, value: fields.value($0.0) ?? $0.1) }
    }

    /// The widths of a policy's inputs and outputs.
    private struct Features {
        let json: JSONValue
        let file: String

        init(_ json: JSONValue, file: String) {
            self.json = json
            self.file = file
        }

        private func members(_ list: String, _ type: String) -> [JSONValue.Member] {
            guard case .object(let members)? = json[list] else { return [] }
            return members.filter { $0.value["type"] == .string(type) }
        }

        func count(of type: String, in list: String) -> Int { members(list, type).count }

        /// The features of a type.
        func all(of type: String, in list: String) throws(CheckpointError) -> [Feature] {
            let most = UNet1DConfiguration.maximumChannels
            var found: [Feature] = []
            for member in members(list, type) {
                guard case .array(let shape)? = member.value["shape"], shape.count == 1,
                    case .integer(let size) = shape[0],
                    0...most ~= size
                else {
                    throw .wrongType(
                        file: file, field: "\(list).\(member.key).shape",
                        found: (member.value["shape"] ?? .null).summary,
                        expected: "a list of one integer, at most \(most)")
                }
                found.append(Feature(name: member.key, type: type, width: size))
                if found.count > 64 {
                    throw .wrongCount(
                        file: file, field: list, found: found.count, expected: "at most 64 features of a type")
                }
            }
            return found
        }
    }
}
