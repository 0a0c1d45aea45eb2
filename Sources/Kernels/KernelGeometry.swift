import CKernels

/// What the plan has to know of this instruction set.
var kernelGeometry: kernel_geometry {
    kernel_geometry(
        lanes: Lanes.scalarCount,
        panel_columns: RegisterTileMain.vectors * Lanes.scalarCount,
        block_rows: RegisterTileMain.rows,
        attention_keys: attentionKeys,
        attention_queries: RegisterTileMain.rows)
}
