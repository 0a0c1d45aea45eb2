import CKernels
import Glibc

/// act(x) in Double. NaN gives NaN.
/// - gelu: x · ½ (1 + erf(x / √2)), with 1 + erf(z) written erfc(−z), which does not cancel for negative x;
/// - silu: x / (1 + e^−x);
/// - mish: x · tanh(ln(1 + e^x)), with ln(1 + e^x) written max(x, 0) + log1p(e^−|x|), which does not overflow.
/// Source: diffusers 0.26.3, activations.py; Misra, "Mish: A Self Regularized Non-Monotonic Activation Function", 2019.
public func activate(_ x: Double, _ activation: Int32) -> Double {
    switch kernel_activation(rawValue: UInt32(activation)) {
    case KERNEL_ACTIVATION_GELU: x * 0.5 * erfc(-x * 0.5.squareRoot())
    case KERNEL_ACTIVATION_MISH: x * tanh(max(x, 0) + log1p(exp(-abs(x))))
    case KERNEL_ACTIVATION_SILU: x / (1 + exp(-x))
    case KERNEL_ACTIVATION_RELU: x > 0 || x.isNaN ? x : 0
    default: x
    }
}
