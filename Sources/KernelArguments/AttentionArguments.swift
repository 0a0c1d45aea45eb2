package import CKernels

/// Heads that lie side by side in a row, each padded to whole channel blocks.
package struct Heads: Sendable {
    package var count: Int
    /// Channels of a head, without padding.
    package var size: Int

    /// `count` heads of `size` channels.
    package init(count: Int, size: Int) {
        self.count = count
        self.size = size
    }

    /// Floats from a head to the next.
    package var stride: Int { padded(size) }

    /// Floats of a head's transposed keys.
    package func transposedKeys(length: Int, geometry: kernel_geometry) -> Int {
        roundUp(length, geometry.panel_columns) * size
    }
}

extension transpose_keys_arguments {
    /// Everything but the pointers.
    package init(_ k: RowStrides, length: Int, heads: Heads, tilePanels: Int, geometry: kernel_geometry) {
        self.init(
            k: nil, position_stride: k.position, batch_stride: k.row, length: length, heads: heads.count,
            head_size: heads.size, head_stride: heads.stride, y: nil,
            y_head_stride: heads.transposedKeys(length: length, geometry: geometry), tile_panels: tilePanels,
            panel_tiles: ceilDivide(ceilDivide(length, geometry.panel_columns), tilePanels))
    }
}

extension attention_arguments {
    /// Everything but the pointers.
    package init(
        q: RowStrides, v: RowStrides, y: RowStrides, length: Int, heads: Heads, tileQueries: Int,
        geometry: kernel_geometry
    ) {
        self.init(
            q: nil, q_position_stride: q.position, q_batch_stride: q.row, keys: nil,
            keys_head_stride: heads.transposedKeys(length: length, geometry: geometry), v: nil,
            v_position_stride: v.position, v_batch_stride: v.row, y: nil, y_position_stride: y.position,
            y_batch_stride: y.row, length: length, heads: heads.count, head_size: heads.size,
            head_stride: heads.stride, tile_queries: tileQueries, query_tiles: ceilDivide(length, tileQueries),
            scratch_bytes: 4
                * (geometry.attention_queries * (geometry.attention_keys + heads.stride) + 3 * geometry.lanes))
    }
}
