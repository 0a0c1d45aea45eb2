/// The timestep of a forward: one number, or one for each batch element.
///
/// Making one may allocate; passing it to `forward` does not.
public struct Timestep: Sendable, Hashable {
    /// The numbers; integers beyond 2⁵³ are rounded.
    let values: [Double]

    /// How many there are: the shape's `timesteps`.
    public var count: Int { values.count }

    /// The entries of a tensor: a fraction stays a fraction. NaN and infinities are allowed, as in a tensor.
    ///
    /// - Throws: `UNet1DError.timestep` if there are none.
    public init(_ values: [Float]) throws(UNet1DError) { try self.init(values.map(Double.init)) }

    /// The entries of a tensor: a fraction stays a fraction. NaN and infinities are allowed, as in a tensor.
    ///
    /// - Throws: `UNet1DError.timestep` if there are none.
    public init(_ values: [Double]) throws(UNet1DError) {
        guard !values.isEmpty else {
            throw .timestep(found: "no entry", expected: "one, or one for each batch element")
        }
        self.values = values
    }

    /// The entries of an integer tensor.
    ///
    /// - Throws: `UNet1DError.timestep` if there are none.
    public init(_ values: [Int]) throws(UNet1DError) { try self.init(values.map(Double.init)) }

    /// A single number: a fraction stays a fraction.
    public init(_ value: Float) { values = [Double(value)] }

    /// A single integer.
    public init(_ value: Int) { values = [Double(value)] }

    /// A Python float as the reference takes it: truncated toward zero to an integer.
    /// Source: diffusers 0.26.3, unet_1d.py, UNet1DModel.forward.
    ///
    /// - Throws: `UNet1DError.timestep` for NaN, infinities and numbers beyond 64-bit integers, where the reference
    ///   raises.
    public init(truncating value: Double) throws(UNet1DError) {
        guard let whole = Int(exactly: value.rounded(.towardZero)) else {
            throw .timestep(
                found: "\(value)", expected: "a number that fits a 64-bit integer, as a Python float is truncated")
        }
        values = [Double(whole)]
    }
}
