import CKernels
import KernelArguments

/// Attention over `length` positions, heads of 32, batch 1; queries, keys and values side by side in a row.
struct Attention {
    let length: Int
    private let heads = Heads(count: 2, size: 32)
    private let tileQueries = 96

    func attention(_ table: kernel_table) -> KernelCase {
        let buffers = Buffers(table)
        let geometry = table.geometry
        let width = heads.count * heads.stride
        let x = buffers.uniform(length * 3 * width)
        let rows = RowStrides(position: 3 * width, row: 3 * width)
        var t = transpose_keys_arguments(rows, length: length, heads: heads, tilePanels: length, geometry: geometry)
        t.k = UnsafePointer(x + width)
        t.y = buffers.floats(heads.count * t.y_head_stride)
        for head in 0..<heads.count { table.transpose_keys(&t, head, nil) }

        var a = attention_arguments(
            q: rows, v: rows, y: RowStrides(position: width, row: width), length: length, heads: heads,
            tileQueries: tileQueries, geometry: geometry)
        a.q = UnsafePointer(x)
        a.keys = UnsafePointer(t.y)
        a.v = UnsafePointer(x + 2 * width)
        a.y = buffers.floats(length * width)
        return KernelCase(
            table.attention, a, tiles: heads.count * a.query_tiles, scratchBytes: a.scratch_bytes,
            work: .operations(4 * length * length * width), in: buffers)
    }
}
