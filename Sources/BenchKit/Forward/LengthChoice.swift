import Checkpoint
import Planning

/// The length of a sample, and why it is that one.
struct LengthChoice: Sendable, Equatable {
    /// Positions.
    var length: Int
    /// The end of a sentence about the length; nil where somebody asked for it.
    var reason: String?
}

extension LengthChoice {
    /// The horizon of most planners that were published in diffusers' format.
    private static let plannersHorizon = 32
    /// The horizon of most robot policies.
    private static let policiesHorizon = 16
    /// A length where a model says nothing: that of the default profile.
    private static let otherwise = 8192
    /// Numbers beyond are no lengths: no machine runs them.
    private static let longest = 1 << 40

    /// The length of a model where nobody asked for one: its `sample_size`, or the nearest that runs.
    ///
    /// diffusers writes its default of 65536 into every file. Models of audio are trained at that length. A planner is not,
    /// and its configuration does not tell the horizon; so the default says nothing of networks of residual temporal
    /// blocks, and they get the horizon of published ones.
    init(of network: Network, batch: Int, timesteps: Int) {
        let size = network.configuration.sampleSize.flatMap { 1...Self.longest ~= $0 ? $0 : nil }
        let wanted: Int
        let source: String
        if network.conditional != nil {
            wanted = size ?? Self.policiesHorizon
            source =
                size != nil
                ? "the policy's horizon"
                : "the horizon of published policies, as the configuration does not tell this one's; --length names another"
        } else if network.isPlanner, size == nil || size == UNet1DConfiguration().sampleSize {
            wanted = Self.plannersHorizon
            source =
                "the horizon of published planners, as sample_size does not tell this one's; --length names another"
        } else if let size {
            wanted = size
            source = "the model's sample_size"
        } else {
            wanted = Self.otherwise
            source = "the default profile's, as the model has no sample_size that is a length"
        }
        let nearest = RunningLengths.nearest(to: wanted, network, batch: batch, timesteps: timesteps)
        // Where none runs, or that is not known, planning says why.
        length = nearest ?? wanted
        reason = length == wanted ? source : "the nearest that runs to \(wanted), \(source)"
    }
}

extension Network {
    /// Whether the network is of residual temporal blocks, as planners and their value functions are.
    fileprivate var isPlanner: Bool {
        if case .temporal = down.first?.body { true } else { false }
    }
}
