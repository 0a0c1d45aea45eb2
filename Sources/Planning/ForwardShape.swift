/// The shape of a forward: everything about its input that the plan depends on.
public struct ForwardShape: Sendable, Hashable {
    /// Batch elements of the sample.
    public var batch: Int
    /// Positions of the sample.
    public var length: Int
    /// Entries of the timestep: 1, or the batch, or, for a batch of 1 in resnet-type models, any number.
    public var timesteps: Int

    /// A shape; the plan checks it.
    public init(batch: Int, length: Int, timesteps: Int = 1) {
        self.batch = batch
        self.length = length
        self.timesteps = timesteps
    }
}

extension ForwardShape: CustomStringConvertible {
    /// For instance `batch 2, length 64, timesteps 2`.
    public var description: String { "batch \(batch), length \(length), timesteps \(timesteps)" }
}
