/// What a model gives, as diffusers' class of that name.
public struct UNet1DOutput: Sendable, Hashable {
    /// (batch, channels, length), or (batch, 1) of a value function.
    public var sample: Tensor
}
