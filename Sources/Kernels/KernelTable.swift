import CKernels

/// This module's kernels and their geometry. The reference has the same list.
///
/// - Returns: a table of plain functions; neither allocates nor blocks, and neither do its kernels.
public func kernelTable() -> kernel_table {
    kernel_table(
        geometry: kernelGeometry,
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
        uniform: uniform,
        step: step)
}
