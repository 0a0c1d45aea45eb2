import CKernels

/// This instruction set's kernels and geometry.
public func kernelTable() -> kernel_table {
    kernel_table(
        geometry: kernel_geometry(
            lanes: Lanes.scalarCount,
            panel_columns: RegisterTileMain.vectors * Lanes.scalarCount,
            block_rows: RegisterTileMain.rows,
            attention_keys: attentionKeys,
            attention_queries: RegisterTileMain.rows),
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
