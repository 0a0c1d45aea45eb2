package import CKernels

extension gather_arguments {
    /// Everything but the pointers.
    ///
    /// - Parameters:
    ///   - y: floats from a position of y to the next; its rows follow one another.
    ///   - sampleStride: floats from a batch element of the sample to the next, 0 if one serves all; nil: they follow one
    ///     another.
    ///   - isPositionsFirst: whether an element of the sample is (length, channels) rather than (channels, length).
    ///   - embeddingStride: floats from a row of the embedding to the next; 0: one row serves all.
    package init(
        channels: Int, embeddingChannels: Int, y positionStride: Int, batch: Int, length: Int,
        sampleStride: Int? = nil, isPositionsFirst: Bool = false, embeddingStride: Int, tilePositions: Int
    ) {
        self.init(
            sample: nil, sample_batch_stride: sampleStride ?? channels * length,
            sample_channel_stride: isPositionsFirst ? 1 : length,
            sample_position_stride: isPositionsFirst ? channels : 1, channels: channels, embedding: nil,
            embedding_stride: embeddingStride, embedding_channels: embeddingChannels, y: nil,
            position_stride: positionStride, padded_channels: padded(channels + embeddingChannels), batch: batch,
            length: length, tile_positions: tilePositions)
    }

    /// Tiles of the operation.
    package var tiles: Int { ceilDivide(length, tile_positions) }
}

extension scatter_arguments {
    /// Everything but the pointers; the rows of a position of x follow one another.
    ///
    /// - Parameter isPositionsFirst: whether an element of the output is (length, channels) rather than (channels, length).
    package init(
        _ x: RowStrides, channels: Int, batch: Int, length: Int, isPositionsFirst: Bool = false, tilePositions: Int
    ) {
        self.init(
            x: nil, position_stride: x.position, padded_channels: x.row, channels: channels, batch: batch,
            length: length, output: nil, output_channel_stride: isPositionsFirst ? 1 : length,
            output_position_stride: isPositionsFirst ? channels : 1, tile_positions: tilePositions)
    }

    /// Tiles of the operation.
    package var tiles: Int { ceilDivide(length, tile_positions) }
}

extension flatten_arguments {
    /// Everything but the pointers; the rows of a position of x follow one another.
    package init(
        _ x: RowStrides, channels: Int, batch: Int, length: Int, embeddingStride: Int, embeddingChannels: Int
    ) {
        self.init(
            x: nil, position_stride: x.position, padded_channels: x.row, channels: channels, batch: batch,
            length: length, embedding: nil, embedding_stride: embeddingStride, embedding_channels: embeddingChannels,
            y: nil, y_stride: padded(channels * length + embeddingChannels))
    }
}

extension embedding_arguments {
    /// Everything but the pointers.
    package init(count: Int, half: Int, isCosineFirst: Bool, roundsTimestep: Bool, yStride: Int) {
        self.init(
            timesteps: nil, frequencies: nil, count: count, half: half, cosine_first: isCosineFirst ? 1 : 0,
            round_timestep: roundsTimestep ? 1 : 0, y: nil, y_stride: yStride)
    }
}

extension resample_arguments {
    /// Everything but the pointers.
    ///
    /// - Parameter width: floats of a position, all batch elements.
    package init(length: Int, outputLength: Int, width: Int, tilePositions: Int) {
        self.init(
            x: nil, y: nil, taps: nil, length: length, output_length: outputLength, width: width,
            tile_positions: tilePositions)
    }

    /// Tiles of the operation.
    package var tiles: Int { ceilDivide(output_length, tile_positions) }
}
