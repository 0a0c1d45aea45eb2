import Checkpoint

/// Numbers with a shape, row-major: the last dimension is contiguous.
///
/// A value for convenience: `forward` itself reads and writes spans, which may lie anywhere. A sample has the shape
/// (batch, channels, length).
public struct Tensor: Sendable, Hashable {
    /// The size of each dimension.
    public let shape: [Int]
    /// The numbers; as many as the sizes multiply to.
    public private(set) var scalars: [Float]

    /// Numbers that fill a shape. Copies nothing.
    ///
    /// - Parameters:
    ///   - scalars: the numbers, row-major.
    ///   - shape: the size of each dimension, 0 or more.
    /// - Throws: `UNet1DError.shape` unless the sizes multiply to the count of `scalars`.
    public init(_ scalars: [Float], shape: [Int]) throws(UNet1DError) {
        guard let count = Tensor.count(of: shape), count == scalars.count else {
            throw .shape(
                found: "\(scalars.count) scalars for a tensor of shape \(Tensor.text(shape))",
                expected: Tensor.count(of: shape).map { "\($0)" } ?? "sizes of 0 or more whose product is a count")
        }
        self.init(unchecked: scalars, shape: shape)
    }

    /// Numbers whose count is known to be right.
    package init(unchecked scalars: [Float], shape: [Int]) {
        self.shape = shape
        self.scalars = scalars
    }

    /// The numbers of a tensor of shape (batch, channels, length), by their place.
    ///
    /// - Precondition: the tensor has three dimensions, and each index is below its size.
    public subscript(batch: Int, channel: Int, position: Int) -> Float {
        get { scalars[index(batch, channel, position)] }
        set { scalars[index(batch, channel, position)] = newValue }
    }

    private func index(_ batch: Int, _ channel: Int, _ position: Int) -> Int {
        precondition(shape.count == 3, "a tensor of \(shape.count) dimensions has no (batch, channel, position)")
        precondition(
            0..<shape[0] ~= batch && 0..<shape[1] ~= channel && 0..<shape[2] ~= position,
            "an index is not below its size")
        return (batch * shape[1] + channel) * shape[2] + position
    }

    /// The product of sizes; nil if one is negative or the product too large.
    private static func count(of shape: [Int]) -> Int? {
        var count = 1
        for size in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            if size < 0 || overflow { return nil }
            count = product
        }
        return count
    }

    /// For instance `(1, 14, 32)`.
    static func text(_ shape: [Int]) -> String { "(\(shape.map { "\($0)" }.joined(separator: ", ")))" }
}

extension Tensor {
    /// The shape of a forward of this sample.
    ///
    /// - Throws: `UNet1DError.shape` unless the tensor has `channels`, and its dimensions are those of the layout.
    func forwardShape(
        _ layout: SampleLayout, channels: Int, timestep: Timestep
    ) throws(UNet1DError) -> ForwardShape {
        let isFirst = layout == .channelsFirst
        guard shape.count == 3, layout.extent(of: shape).channels == channels else {
            throw .shape(
                found: "a sample of shape \(Tensor.text(shape))",
                expected: isFirst ? "(batch, \(channels) channels, length)" : "(batch, length, \(channels) channels)")
        }
        let extent = layout.extent(of: shape)
        return ForwardShape(batch: extent.batch, length: extent.length, timesteps: timestep.count)
    }
}
