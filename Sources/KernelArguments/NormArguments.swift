package import CKernels

/// How the statistics of a GroupNorm are split: into chunks of positions and, where there is one group, parts of channels.
package struct NormSplit: Sendable {
    package var length: Int
    /// Without padding.
    package var channels: Int
    package var groups: Int
    package var chunkPositions: Int
    /// Channels of a tile, which are a part where there is one group.
    package var partChannels: Int

    /// The split as given.
    package init(length: Int, channels: Int, groups: Int, chunkPositions: Int, partChannels: Int) {
        self.length = length
        self.channels = channels
        self.groups = groups
        self.chunkPositions = chunkPositions
        self.partChannels = partChannels
    }

    /// What merging leaves: one chunk of whole groups.
    package var merged: NormSplit {
        NormSplit(
            length: length, channels: channels, groups: groups, chunkPositions: length, partChannels: padded(channels))
    }

    package var chunks: Int { ceilDivide(length, chunkPositions) }

    /// Tiles that share the channels of a chunk.
    package var channelTiles: Int { ceilDivide(channels, partChannels) }

    /// Partials of a chunk.
    package var parts: Int { groups == 1 ? channelTiles : groups }

    /// Doubles of a batch element's partials.
    package var batchStride: Int { chunks * parts * 2 }
}

extension statistics_arguments {
    /// Everything but the pointers: x lies at `strides`, without padding between its channels.
    package init(_ strides: RowStrides, _ split: NormSplit) {
        self.init(
            x: nil, position_stride: strides.position, batch_stride: strides.row, length: split.length,
            channels: split.channels, groups: split.groups, chunk_positions: split.chunkPositions,
            chunks: split.chunks, tile_channels: split.partChannels, channel_tiles: split.channelTiles, partials: nil,
            scratch_bytes: 16 * split.partChannels)
    }
}

extension merge_arguments {
    /// Everything but the pointers.
    package init(_ split: NormSplit) {
        self.init(
            partials: nil, length: split.length, channels: split.channels, groups: split.groups,
            chunk_positions: split.chunkPositions, chunks: split.chunks, part_channels: split.partChannels, merged: nil)
    }
}

extension combine_arguments {
    /// Everything but the pointers.
    ///
    /// - Parameters:
    ///   - groups: of the norm; nil: there is none.
    ///   - partials: how the norm's statistics are split; nil: a tile takes its own.
    ///   - sharesPartials: those of one batch element serve all.
    ///   - biasStride: floats from a batch element's bias to the next.
    ///   - factorStride: floats from a batch element's factors to the next.
    package init(
        x: RowStrides, y: RowStrides, length: Int, channels: Int, groups: Int? = nil,
        partials: NormSplit? = nil, sharesPartials: Bool = false, activation: kernel_activation,
        residual: RowStrides? = nil, biasStride: Int = 0, factorStride: Int = 0, tilePositions: Int,
        tileChannels: Int
    ) {
        self.init(
            x: nil, x_position_stride: x.position, x_batch_stride: x.row, residual: nil,
            residual_position_stride: residual?.position ?? 0, residual_batch_stride: residual?.row ?? 0, bias: nil,
            bias_batch_stride: biasStride, factor: nil, factor_batch_stride: factorStride, y: nil,
            y_position_stride: y.position, y_batch_stride: y.row,
            length: length, channels: channels, groups: groups ?? 1, gain: nil, shift: nil, partials: nil,
            partials_batch_stride: sharesPartials ? 0 : partials?.batchStride ?? 0,
            chunk_positions: partials?.chunkPositions ?? 0,
            chunks: partials?.chunks ?? 0, part_channels: partials?.partChannels ?? 0,
            activation: Int(activation.rawValue), tile_positions: tilePositions,
            position_tiles: ceilDivide(length, tilePositions), tile_channels: tileChannels,
            channel_tiles: ceilDivide(padded(channels), tileChannels),
            scratch_bytes: groups == nil ? 0 : 32 * tileChannels)
    }
}
