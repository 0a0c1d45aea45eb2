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

    /// Words of a head's paired keys.
    package func pairedKeys(length: Int, geometry: kernel_geometry) -> Int {
        roundUp(length, geometry.panel_columns) * ((size + 1) / 2)
    }

    /// Words of a head's paired values.
    package func pairedValues(length: Int, geometry: kernel_geometry) -> Int {
        roundUp(length, geometry.panel_columns) / 2 * stride
    }

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

extension pair_heads_arguments {
    /// Everything but the pointers.
    package init(
        k: RowStrides, v: RowStrides, length: Int, heads: Heads, tilePanels: Int, geometry: kernel_geometry
    ) {
        self.init(
            k: nil, k_position_stride: k.position, k_batch_stride: k.row, v: nil, v_position_stride: v.position,
            v_batch_stride: v.row, length: length, heads: heads.count, head_size: heads.size,
            head_stride: heads.stride, keys: nil,
            keys_head_stride: heads.pairedKeys(length: length, geometry: geometry), values: nil,
            values_head_stride: heads.pairedValues(length: length, geometry: geometry), tile_panels: tilePanels,
            panel_tiles: ceilDivide(ceilDivide(length, geometry.panel_columns), tilePanels))
    }

    /// Bytes of scratch.
    package var scratch_bytes: Int { 4 * head_stride }
}

extension attention_arguments {
    /// Everything but the pointers, for keys and values in pairs.
    package init(
        pairedQ q: RowStrides, y: RowStrides, length: Int, heads: Heads, tileQueries: Int, geometry: kernel_geometry
    ) {
        let values = heads.pairedValues(length: length, geometry: geometry)
        self.init(
            q: q, v: RowStrides(position: heads.stride, row: heads.count * values), y: y, length: length, heads: heads,
            tileQueries: tileQueries, geometry: geometry)
        keys_head_stride = heads.pairedKeys(length: length, geometry: geometry)
        v_head_stride = values
        scratch_bytes += 2 * geometry.attention_queries * heads.stride
    }

    /// Everything but the pointers.
    package init(
        q: RowStrides, v: RowStrides, y: RowStrides, length: Int, heads: Heads, tileQueries: Int,
        geometry: kernel_geometry
    ) {
        self.init(
            q: nil, q_position_stride: q.position, q_batch_stride: q.row, keys: nil,
            keys_head_stride: heads.transposedKeys(length: length, geometry: geometry), v: nil,
            v_position_stride: v.position, v_batch_stride: v.row, v_head_stride: heads.stride, y: nil,
            y_position_stride: y.position, y_batch_stride: y.row,
            length: length, heads: heads.count, head_size: heads.size,
            head_stride: heads.stride, tile_queries: tileQueries, query_tiles: ceilDivide(length, tileQueries),
            scratch_bytes: 4
                * (geometry.attention_queries * (geometry.attention_keys + heads.stride) + 3 * geometry.lanes))
    }
}
