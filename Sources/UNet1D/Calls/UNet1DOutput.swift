/// The output of a model, like diffusers' class of the same name.
public struct UNet1DOutput: Sendable, Hashable {
    /// (batch, channels, length), or (batch, 1) for a value function.
    public var sample: Tensor
}
