import CKernels

/// Outputs a packed panel and keys a transposed panel.
let panelColumns = 16

/// The reference kernels: scalar, in Double, untiled inside their tile. They are the specification that the vector
/// kernels are tested against, and run on any processor.
///
/// - Returns: a table of plain functions; neither allocates nor blocks, and neither do its kernels.
public func kernelTable() -> kernel_table {
    kernel_table(
        geometry: kernel_geometry(
            lanes: 16, panel_columns: panelColumns, block_rows: 4, attention_keys: 32, attention_queries: 4),
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
