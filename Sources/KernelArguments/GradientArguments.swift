package import CKernels

extension combine_gradient_arguments {
    /// Everything but the pointers.
    ///
    /// - Parameters:
    ///   - groups: of the norm; nil: there is none.
    ///   - partials: how the moments of x are split.
    ///   - sums: how the sums of g are split; nil: a tile takes its own.
    package init(
        x: RowStrides, dy: RowStrides, dx: RowStrides, length: Int, channels: Int, groups: Int? = nil,
        partials: NormSplit? = nil, sums: NormSplit? = nil, activation: kernel_activation, tilePositions: Int,
        tileChannels: Int
    ) {
        self.init(
            x: nil, x_position_stride: x.position, x_batch_stride: x.row, dy: nil, dy_position_stride: dy.position,
            dy_batch_stride: dy.row, dx: nil, dx_position_stride: dx.position, dx_batch_stride: dx.row, length: length,
            channels: channels, groups: groups ?? 1, gain: nil, shift: nil, partials: nil,
            partials_batch_stride: partials?.batchStride ?? 0, chunk_positions: partials?.chunkPositions ?? 0,
            chunks: partials?.chunks ?? 0, part_channels: partials?.partChannels ?? 0, sums: nil,
            sums_batch_stride: sums?.batchStride ?? 0, sum_chunk_positions: sums?.chunkPositions ?? 0,
            sum_chunks: sums?.chunks ?? 0, sum_part_channels: sums?.partChannels ?? 0,
            activation: Int(activation.rawValue), tile_positions: tilePositions,
            position_tiles: ceilDivide(length, tilePositions), tile_channels: tileChannels,
            channel_tiles: ceilDivide(padded(channels), tileChannels), scratch_bytes: 48 * tileChannels)
    }
}

extension sum_elements_arguments {
    /// Everything but the pointers.
    package init(
        x: RowStrides, yPositionStride: Int, batch: Int, length: Int, channels: Int, tilePositions: Int
    ) {
        self.init(
            x: nil, x_position_stride: x.position, x_batch_stride: x.row, y: nil, y_position_stride: yPositionStride,
            batch: batch, length: length, padded_channels: padded(channels), tile_positions: tilePositions)
    }

    /// Tiles of the operation.
    package var tiles: Int { ceilDivide(length, tile_positions) }
}

extension attention_gradient_arguments {
    /// Everything but the pointers.
    ///
    /// - Parameters:
    ///   - x: of q, k and v.
    ///   - gradient: of their gradients.
    package init(
        x: RowStrides, y: RowStrides, dy: RowStrides, gradient: RowStrides, length: Int, heads: Heads,
        tilePositions: Int, geometry: kernel_geometry
    ) {
        self.init(
            q: nil, k: nil, v: nil, position_stride: x.position, batch_stride: x.row, q_panels: nil, k_panels: nil,
            v_panels: nil, dy_panels: nil,
            panels_head_stride: heads.transposedKeys(length: length, geometry: geometry), y: nil,
            y_position_stride: y.position, y_batch_stride: y.row, dy: nil, dy_position_stride: dy.position,
            dy_batch_stride: dy.row, rows: nil, row_stride: roundUp(length, geometry.attention_keys), dq: nil, dk: nil,
            dv: nil, gradient_position_stride: gradient.position, gradient_batch_stride: gradient.row, length: length,
            heads: heads.count, head_size: heads.size, head_stride: heads.stride, tile_positions: tilePositions,
            position_tiles: ceilDivide(length, tilePositions),
            scratch_bytes: 4
                * (2 * geometry.attention_queries * (geometry.attention_keys + heads.stride) + 3 * geometry.lanes))
    }
}
