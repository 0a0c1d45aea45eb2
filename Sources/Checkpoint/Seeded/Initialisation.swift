/// The distributions of seeded random weights. FIR kernels are the constants that diffusers ships in each of them.
public enum Initialisation: String, Sendable, Hashable, CaseIterable {
    /// Uniform weights, gains and shifts that keep activations near unit variance through the whole network: for measuring
    /// and testing without a checkpoint.
    case balanced
    /// The distributions with which PyTorch begins: weights and biases uniform between ±1/√(inputs of an output), norms with
    /// gain 1 and shift 0, Fourier frequencies normal with deviation 1. The numbers are not those of a PyTorch seed.
    ///
    /// Source: torch 2.13, nn/modules/conv.py and linear.py, `reset_parameters` (`kaiming_uniform_` with a = √5, whose bound
    /// is √3 · √(2 / (1 + a²)) / √(inputs)), nn/modules/normalization.py; diffusers 0.26.3, embeddings.py,
    /// `GaussianFourierProjection`.
    case pytorch
}
