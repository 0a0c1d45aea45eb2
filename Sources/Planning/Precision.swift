import CKernels
import KernelDispatch

/// In which numbers a forward holds its weights and multiplies. Norms, embeddings and sums are in float32 always.
///
/// A model at batch 1 reads each weight for few operations: half the bytes take half the time.
public enum Precision: String, Sendable, Hashable, CaseIterable {
    /// Everything in float32.
    case f32
    /// Weights rounded to IEEE half precision, with float32 arithmetic. Loses nothing where the checkpoint is stored so.
    case f16Weights = "f16-weights"
    /// Weights rounded to bfloat16, with float32 arithmetic. Loses nothing where the checkpoint is stored so.
    case bf16Weights = "bf16-weights"
    /// Weights and activations rounded to bfloat16 where they are multiplied, with float32 sums. A convolution of width 5 takes
    /// a transformed form where that is faster, with weights of float32 or of IEEE half precision, and float32 arithmetic.
    /// Processors without products of bfloat16 round weights alone, and compute attention in float32. What a denoising loop
    /// computes once stays in float32, and so do matrices of fewer than 8192 numbers, which would gain no time.
    case bf16
}

extension Precision {
    /// The budget of float32's rounding in convolutions of width 5: none where bfloat16's is some thousand times as large; nil:
    /// `RoundingBudget.limit`.
    var roundingLimit: Double? { self == .bf16 ? .infinity : nil }

    /// The element of packed matrices of so many numbers.
    func element(_ implementation: Implementation, count: Int) -> WeightElement {
        self == .bf16 && count < 8192 ? .f32 : element(implementation)
    }

    /// The element of large packed matrices.
    func element(_ implementation: Implementation) -> WeightElement {
        switch self {
        case .f32: .f32
        case .f16Weights: .f16
        case .bf16Weights: .bf16
        case .bf16: implementation.multipliesBFloat ? .bf16Pairs : .bf16
        }
    }
}

/// An element of a packed matrix.
package enum WeightElement: Sendable, Hashable {
    case f32, f16, bf16
    /// bfloat16 of an input and of the next, side by side: for products of bfloat16.
    case bf16Pairs

    /// Products of the direct form in the time of one in float32.
    var directRate: Double {
        // Measured on Zen 4, whose instruction does two products: rows are rounded first.
        self == .bf16Pairs ? 1.5 : 1
    }

    /// Bytes of an element.
    var bytes: Int { self == .f32 ? 4 : 2 }

    /// The kernels' name of it.
    var kernelElement: kernel_element {
        switch self {
        case .f32: KERNEL_ELEMENT_F32
        case .f16: KERNEL_ELEMENT_F16
        case .bf16: KERNEL_ELEMENT_BF16
        case .bf16Pairs: KERNEL_ELEMENT_BF16_PAIRS
        }
    }

    /// The type to which numbers are rounded.
    var kernelType: kernel_element { self == .bf16Pairs ? KERNEL_ELEMENT_BF16 : kernelElement }

    /// Packed inputs of a source: an even number where inputs are paired.
    func packed(_ inputs: Int) -> Int { self == .bf16Pairs ? (inputs + 1) / 2 * 2 : inputs }
}
