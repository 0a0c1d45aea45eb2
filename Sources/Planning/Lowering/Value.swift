import KernelArguments

/// An activation while it is planned: rows of a buffer, channels last, (length, batch, channels).
///
/// The rows of a position's batch elements follow one another. Several values may be slices of the same rows.
struct Value: Sendable, Hashable {
    /// Index of the buffer.
    var buffer: Int
    /// First channel of this value in the buffer's rows.
    var firstChannel = 0
    /// Channels, without padding.
    var channels: Int
    /// Floats of a row of the buffer.
    var rowStride: Int
    /// Floats from a position to the next.
    var positionStride: Int
    var batch: Int
    var length: Int

    /// Floats from a batch element to the next, 0 where one element stands for all.
    var batchStride: Int { batch == 1 ? 0 : rowStride }
    /// Where its rows lie.
    var strides: RowStrides { RowStrides(position: positionStride, row: rowStride) }
    /// Where its rows lie for readers that have more batch elements than it may.
    var broadcastStrides: RowStrides { RowStrides(position: positionStride, row: batchStride) }
    /// Channels with their padding.
    var paddedChannels: Int { padded(channels) }
    /// Whether all rows follow one another.
    var isFlat: Bool { positionStride == batch * rowStride || length == 1 }
    var bytes: Int { length * batch * paddedChannels * MemoryLayout<Float>.stride }

    /// Where a position of the first batch element begins.
    func location(position: Int = 0) -> Location {
        Location(buffer: buffer, offset: position * positionStride + firstChannel)
    }
}

/// A place in a buffer of the arena: floats from its position 0, which may be negative (the zero rows before it).
struct Location: Sendable, Hashable {
    var buffer: Int
    var offset: Int
}
