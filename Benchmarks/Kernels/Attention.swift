import CKernels

/// Attention over `length` positions, heads of 32, batch 1; queries, keys and values side by side in a row.
struct Attention {
    let length: Int
    private let heads = 2
    private let headSize = 32
    private let tileQueries = 96

    func attention(_ table: kernel_table) -> KernelCase {
        let buffers = Buffers(table)
        let geometry = table.geometry
        let width = heads * headSize
        let position = 3 * width
        let x = buffers.uniform(length * 3 * width)
        let panels = ceilDivide(length, geometry.panel_columns)
        let headFloats = panels * headSize * geometry.panel_columns

        var t = transpose_keys_arguments()
        (t.k, t.position_stride, t.batch_stride) = (UnsafePointer(x + width), position, position)
        (t.length, t.heads) = (length, heads)
        (t.head_size, t.head_stride) = (headSize, headSize)
        (t.y, t.y_head_stride) = (buffers.floats(heads * headFloats), headFloats)
        (t.tile_panels, t.panel_tiles) = (panels, 1)
        for head in 0..<heads { table.transpose_keys(&t, head, nil) }

        var a = attention_arguments()
        (a.q, a.q_position_stride, a.q_batch_stride) = (UnsafePointer(x), position, position)
        (a.keys, a.keys_head_stride) = (UnsafePointer(t.y), t.y_head_stride)
        (a.v, a.v_position_stride, a.v_batch_stride) = (UnsafePointer(x + 2 * width), position, position)
        a.y = buffers.floats(length * width)
        (a.y_position_stride, a.y_batch_stride) = (width, width)
        (a.length, a.heads, a.head_size, a.head_stride) = (t.length, t.heads, t.head_size, t.head_stride)
        let queryTiles = ceilDivide(length, tileQueries)
        (a.tile_queries, a.query_tiles) = (tileQueries, queryTiles)
        a.scratch_bytes =
            4 * (geometry.attention_queries * (geometry.attention_keys + a.head_stride) + 3 * geometry.lanes)
        return KernelCase(
            table.attention, a, tiles: heads * queryTiles, scratchBytes: a.scratch_bytes,
            work: .operations(4 * length * length * width), in: buffers)
    }
}
