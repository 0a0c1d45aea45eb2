import CKernels

/// This instruction set's kernels and geometry.
public func kernelTable() -> kernel_table {
    kernel_table(
        geometry: kernel_geometry(
            lanes: Int64(Lanes.scalarCount),
            panel_columns: Int64(RegisterTileMain.vectors * Lanes.scalarCount),
            block_rows: Int64(RegisterTileMain.rows),
            attention_keys: Int64(attentionKeys),
            attention_queries: Int64(RegisterTileMain.rows)),
        convolution: convolution,
        winograd: winograd,
        statistics: statistics,
        merge: merge,
        combine: combine,
        downsample: downsample,
        upsample: upsample,
        transpose_keys: transposeKeys,
        attention: attention,
        gather: gather,
        scatter: scatter,
        embedding: embedding,
        flatten: flatten,
        pack_convolution: packConvolution,
        pack_winograd: packWinograd,
        widen: widen,
        uniform: uniform)
}
