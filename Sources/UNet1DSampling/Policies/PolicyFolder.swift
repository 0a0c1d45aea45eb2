import Checkpoint

/// What a LeRobot policy's folder says beyond its network: scheduler, chunks and statistics.
///
/// Source: lerobot 0.4, policies/diffusion/configuration_diffusion.py, processor/normalize_processor.py; versions before 0.4
/// keep the statistics in model.safetensors.
struct PolicyFolder {
    let policy: LeRobotPolicy
    let scaling: PolicyScaling
    let scheduler: Scheduler

    /// Reads a folder. Blocks on the disk.
    ///
    /// - Throws: `SamplingError.values` for a folder that is no such policy's, or lacks its statistics.
    init(_ folder: String) throws(SamplingError) {
        let file = folder + "/config.json"
        let json = try Self.json(file)
        do throws(CheckpointError) {
            guard let read = try LeRobotPolicy(json, file: file) else {
                throw CheckpointError.wrongType(
                    file: file, field: "type", found: (json["type"] ?? .null).summary, expected: "\"diffusion\"")
            }
            policy = read
        } catch {
            throw .model(.checkpoint(error))
        }
        let name = policy.scheduler + "Scheduler"
        scheduler = try rethrowing(
            Scheduler(json: Array(JSONValue.object(policy.schedulerFields).text().utf8), file: file, as: name),
            as: SamplingError.scheduler)
        let statistics = try Statistics(folder: folder, json, file: file)
        let features = policy.observationFeatures
        func lines(_ type: String) throws(SamplingError) -> [PolicyScaling.Line] {
            var lines: [PolicyScaling.Line] = []
            for feature in features where feature.type == type {
                lines += try statistics.lines(of: feature.name, type: type, width: feature.width)
            }
            return lines
        }
        let (state, environment) = (try lines("STATE"), try lines("ENV"))
        let width = (policy.network.globalCondDim ?? 0) / max(1, policy.observationSteps)
        // What encoders make of pictures lies between them, and is scaled already.
        let pictures = max(0, width - state.count - environment.count)
        let observation = state + Array(repeating: .init(factor: 1, summand: 0), count: pictures) + environment
        scaling = PolicyScaling(
            observation: observation,
            action: try statistics.lines(
                of: policy.actionFeature, type: "ACTION", width: policy.network.inputDim))
    }

    static func json(_ path: String) throws(SamplingError) -> JSONValue {
        do throws(CheckpointError) {
            return try JSONReader.read(try AtomicFile.read(path, limit: 1 << 20), file: path)
        } catch {
            throw .model(.checkpoint(error))
        }
    }

    /// The statistics of a policy's dataset, and by which of them each kind of feature is scaled.
    private struct Statistics {
        private let tensors: TensorFile
        private let modes: JSONValue?
        private let isOld: Bool
        private let epsilon: Double

        init(folder: String, _ configuration: JSONValue, file: String) throws(SamplingError) {
            let processor = folder + "/policy_preprocessor.json"
            var state = LeRobotPolicy.weights
            var modes = configuration["normalization_mapping"]
            var epsilon = 1e-8
            var isOld = true
            if FileSystem.kind(of: processor) != nil,
                case .array(let steps)? = try PolicyFolder.json(processor)["steps"]
            {
                let normalizer = steps.first { $0["registry_name"] == .string("normalizer_processor") }
                guard case .string(let name)? = normalizer?["state_file"], !name.contains("/") else {
                    throw .values(
                        name: processor, found: "no normalizer_processor with a state_file",
                        expected: "what the policy's save_pretrained writes")
                }
                (state, isOld) = (name, false)
                modes = normalizer?["config"]?["norm_map"] ?? modes
                epsilon = normalizer?["config"]?["eps"]?.number ?? epsilon
            }
            do throws(CheckpointError) { tensors = try TensorFile(path: folder + "/" + state) } catch {
                throw .model(.checkpoint(error))
            }
            (self.modes, self.isOld, self.epsilon) = (modes, isOld, epsilon)
        }

        /// The lines of a feature.
        func lines(of feature: String, type: String, width: Int) throws(SamplingError) -> [PolicyScaling.Line] {
            let prefix = isOld ? Self.oldName(of: feature, type) : feature + "."
            // A feature without statistics is not scaled.
            let isKnown = tensors.header.tensors.contains { $0.name.hasPrefix(prefix) }
            let mode = if isKnown, case .string(let mode)? = modes?[type] { mode } else { "IDENTITY" }
            func pair(_ first: String, _ second: String) throws(SamplingError) -> [(Double, Double)] {
                let (a, b) = (
                    try numbers(first, of: feature, type, width), try numbers(second, of: feature, type, width)
                )
                return Array(zip(a, b))
            }
            switch mode {
            case "IDENTITY": return Array(repeating: .init(factor: 1, summand: 0), count: width)
            case "MEAN_STD": return try pair("mean", "std").map { .deviation($0, $1, epsilon: epsilon) }
            case "MIN_MAX": return try pair("min", "max").map { .range($0, $1, epsilon: epsilon) }
            case "QUANTILES": return try pair("q01", "q99").map { .range($0, $1, epsilon: epsilon) }
            case "QUANTILE10": return try pair("q10", "q90").map { .range($0, $1, epsilon: epsilon) }
            default:
                throw .values(
                    name: "normalization of \(type)", found: mode.quoted,
                    expected: "IDENTITY, MEAN_STD, MIN_MAX, QUANTILES or QUANTILE10")
            }
        }

        /// What the names of a feature's statistics begin with among the weights.
        private static func oldName(of feature: String, _ type: String) -> String {
            let group = type == "ACTION" ? "unnormalize_outputs" : "normalize_inputs"
            return "\(group).buffer_\(feature.replacing(".", with: "_"))."
        }

        private func numbers(
            _ statistic: String, of feature: String, _ type: String, _ width: Int
        ) throws(SamplingError) -> [Double] {
            let name = (isOld ? Self.oldName(of: feature, type) : feature + ".") + statistic
            let values: [Float]
            do throws(CheckpointError) { values = try tensors.floats(named: name) } catch {
                throw .model(.checkpoint(error))
            }
            guard values.count == width else {
                throw .values(
                    name: "\(tensors.path): \(name)", found: "\(values.count) numbers",
                    expected: "\(width), as config.json says; take both from one training")
            }
            if let other = values.first(where: { !$0.isFinite }) {
                throw .values(
                    name: "\(tensors.path): \(name)", found: "\(other)",
                    expected: "finite numbers; compute the dataset's statistics again")
            }
            return values.map(Double.init)
        }
    }
}
