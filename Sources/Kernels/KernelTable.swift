import CKernels

/// This module's kernels and their geometry. The reference has the same list.
///
/// - Returns: a table of plain functions; neither allocates nor blocks, and neither do its kernels.
public func kernelTable() -> kernel_table {
    kernel_table(
        geometry: kernelGeometry,
        convolution: convolution,
        convolution_bfloat: convolutionBFloat,
        winograd: winograd,
        statistics: statistics,
        merge: merge,
        combine: combine,
        combine_keeping: combineKeeping,
        combine_gradient: combineGradient,
        combine_gradient_begin: combineGradientBegin,
        combine_gradient_end: combineGradientEnd,
        sum_elements: sumElements,
        downsample: downsample,
        upsample: upsample,
        downsample_gradient: downsampleGradient,
        upsample_gradient: upsampleGradient,
        transpose_keys: transposeKeys,
        attention: attention,
        pair_heads: pairHeads,
        attention_bfloat: attentionBFloat,
        attention_gradient_queries: attentionGradientQueries,
        attention_gradient_keys: attentionGradientKeys,
        gather: gather,
        scatter: scatter,
        embedding: embedding,
        flatten: flatten,
        pack_convolution: packConvolution,
        pack_winograd: packWinograd,
        widen: widen,
        narrow: narrow,
        uniform: uniform,
        step: step)
}
