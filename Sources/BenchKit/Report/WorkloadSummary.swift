import Checkpoint

/// What a report is about: the model, the seed and the timestep.
public struct WorkloadSummary: Sendable {
    /// The profile; nil where there is none.
    public var profile: String?
    /// What the profile says of itself.
    public var description: String?
    /// The checkpoint's folder; nil with random weights.
    public var model: String?
    /// The seed of the sample and of random weights.
    public var seed: UInt64
    /// Weights of the model, one by one.
    public var parameters: Int
    /// A tensor's number.
    public var timestep: Double
    /// What was odd about the model, a sentence each.
    public var notes: [String]
}

extension WorkloadSummary {
    init(_ workload: Workload, network: Network, notes: [String]) {
        profile = workload.profile
        description = workload.description
        model = workload.model.path
        seed = workload.seed
        parameters = network.parameters
        timestep = workload.timestepNumber
        self.notes = notes
    }
}
