import CKernels

/// `convolution_bfloat` with the processor's own products of pairs. Neither this nor the kernel allocates or blocks.
public func bfloatConvolution() -> kernel_function { convolutionBFloat }

/// `attention_bfloat` with the processor's own products of pairs. Neither this nor the kernel allocates or blocks.
public func bfloatAttention() -> kernel_function { attentionBFloat }
