/// What samples are to agree with besides the model: the gradient of a loss of the estimated clean sample.
///
/// ```swift
/// let signal = numbers  // recorded at every second position alone
/// let guidance = Guidance(scale: 1) { estimate, cotangent in
///     for i in stride(from: 0, to: estimate.count, by: 2) { cotangent[i] = estimate[i] - signal[i] }
/// }
/// ```
///
/// Here the loss is half the squared distance to what was recorded. ``Sampler/guide(by:)`` gives it to the loops of a sampler.
/// At each step they compute e, the estimate of the clean sample; this closure computes the loss's gradient with respect to
/// e; the session carries it back through the model to u, the sample that the model read; and the step's result is moved
/// against it: u′ − scale · ∂loss/∂u.
///
/// Sample, estimate and gradient are in the units of the model's input, so that the same scale serves every scheduler. The paper
/// divides its scale by the distance: take the distance itself as the loss then, whose gradient is
/// (estimate − signal) / distance.
///
/// Source: Chung and others, "Diffusion Posterior Sampling for General Noisy Inverse Problems", 2022,
/// <https://arxiv.org/abs/2209.14687>.
public struct Guidance: Sendable {
    /// By how much of the gradient samples are moved.
    public var scale: Double
    let gradient: @Sendable (_ estimate: Span<Float>, _ cotangent: inout MutableSpan<Float>) -> Void

    /// Guidance down a loss.
    ///
    /// - Parameters:
    ///   - scale: by how much of the gradient samples are moved; a finite number.
    ///   - gradient: reads the estimate of the clean sample, as `plan.sampleShape` says and limited as the scheduler limits
    ///     it, and writes the gradient of the loss with respect to it, of the same shape. The cotangent is zero where it
    ///     writes nothing. It is called once a step, after the forward, on the thread that called the loop; not in steps whose
    ///     estimate would divide by a signal of zero. What it allocates, the loop
    ///     allocates.
    public init(
        scale: Double,
        gradient: @escaping @Sendable (_ estimate: Span<Float>, _ cotangent: inout MutableSpan<Float>) -> Void
    ) {
        self.scale = scale
        self.gradient = gradient
    }
}
