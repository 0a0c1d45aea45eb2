package import CKernels

/// The kernels of a table: the one list that plans, checks and tests go through.
package enum Kernel: String, CaseIterable, Sendable {
    case convolution, convolutionBFloat, winograd, statistics, merge, combine, combineKeeping
    case combineGradient, combineGradientBegin, combineGradientEnd, sumElements
    case downsample, upsample, downsampleGradient, upsampleGradient
    case transposeKeys, attention, pairHeads, attentionBFloat, attentionGradientQueries, attentionGradientKeys
    case gather, scatter, embedding, flatten, packConvolution, packWinograd, widen, narrow, uniform, step

    /// Its function in a table.
    package var function: WritableKeyPath<kernel_table, kernel_function?> {
        switch self {
        case .convolution: \.convolution
        case .convolutionBFloat: \.convolution_bfloat
        case .winograd: \.winograd
        case .statistics: \.statistics
        case .merge: \.merge
        case .combine: \.combine
        case .combineKeeping: \.combine_keeping
        case .combineGradient: \.combine_gradient
        case .combineGradientBegin: \.combine_gradient_begin
        case .combineGradientEnd: \.combine_gradient_end
        case .sumElements: \.sum_elements
        case .downsample: \.downsample
        case .upsample: \.upsample
        case .downsampleGradient: \.downsample_gradient
        case .upsampleGradient: \.upsample_gradient
        case .transposeKeys: \.transpose_keys
        case .attention: \.attention
        case .pairHeads: \.pair_heads
        case .attentionBFloat: \.attention_bfloat
        case .attentionGradientQueries: \.attention_gradient_queries
        case .attentionGradientKeys: \.attention_gradient_keys
        case .gather: \.gather
        case .scatter: \.scatter
        case .embedding: \.embedding
        case .flatten: \.flatten
        case .packConvolution: \.pack_convolution
        case .packWinograd: \.pack_winograd
        case .widen: \.widen
        case .narrow: \.narrow
        case .uniform: \.uniform
        case .step: \.step
        }
    }
}

extension kernel_table {
    /// The function of a kernel.
    package subscript(kernel: Kernel) -> kernel_function {
        guard let function = self[keyPath: kernel.function] else { preconditionFailure("\(kernel) has no function") }
        return function
    }
}
