public import Checkpoint

/// What a report is about: the model, the seed and the timestep.
public struct WorkloadSummary: Sendable {
    /// The profile; nil where there is none.
    public var profile: String?
    /// What the profile says of itself.
    public var description: String?
    /// What the checkpoint was named by; nil with random weights.
    public var model: String?
    /// Which of the models in it.
    public var lookup = ModelLookup()
    /// The seed of the sample and of random weights.
    public var seed: UInt64
    /// Weights of the model, one by one.
    public var parameters: Int
    /// Why the sample has its length; nil where somebody asked for it.
    public var lengthReason: String?
    /// A tensor's number.
    public var timestep: Double
    /// What was odd about the model, a sentence each.
    public var notes: [String]
}

extension WorkloadSummary {
    /// The checkpoint and which of its models, in words; nil with random weights.
    var checkpoint: String? {
        let parts = lookup.given.map { "\($0.name) \($0.value)" }
        return model.map { $0 + (parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))") }
    }

    init(_ workload: Workload, network: Network, notes: [String]) {
        profile = workload.profile
        description = workload.description
        model = workload.model.path
        lookup = workload.settings.lookup
        seed = workload.seed
        parameters = network.parameters
        lengthReason = workload.length(network).reason
        timestep = workload.timestepNumber
        self.notes = notes
    }
}
