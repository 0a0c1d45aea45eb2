public import Planning

/// Everything about a forward and its gradient that can be known before memory is allocated.
///
/// ```swift
/// let plan = try model.gradientPlan(ForwardShape(batch: 64, length: 32, timesteps: 64))
/// print("\(plan.arenaBytes) bytes, \(plan.keptBytes) of them kept from the forward for the gradient")
/// ```
///
/// The forward keeps what the gradient reads: the values that norms and activations go over, the moments of norms, and what
/// attention reads and gives. What is cheaper to compute again is not kept: normalised values, derivatives of activations,
/// and attention's probabilities. The output has the bits of a forward alone.
///
/// Make one to size memory or to see what will be done. A ``GradientSession`` does not need it.
public struct GradientPlan: Sendable {
    package let plan: Plan

    /// Batch, length and timesteps.
    public var shape: ForwardShape { plan.shape }
    /// (batch, channels, length) of the sample, and of the gradient.
    public var sampleShape: [Int] { plan.sampleShape }
    /// (batch, channels, length) of the output, or (batch, 1) of a value head; and of the cotangent.
    public var outputShape: [Int] { plan.outputShape }
    /// What the caller brings once an observation.
    public var conditionShapes: ConditionShapes { plan.conditionShapes }
    /// Names every choice that decides bits.
    public var id: String { plan.id }
    /// The forward's operations, then the gradient's.
    public var operations: [Plan.Operation] { plan.operations }
    /// How many of the operations are the forward's.
    public var forwardOperationCount: Int { plan.forwardOperations }
    /// Bytes of the arena.
    public var arenaBytes: Int { plan.arenaBytes }
    /// The largest sum of what is live at once: no arena can have fewer bytes.
    public var arenaLowerBoundBytes: Int { plan.arenaLowerBoundBytes }
    /// Bytes of scratch that each worker needs.
    public var scratchBytesPerWorker: Int { plan.scratchBytesPerWorker }
    /// Bytes of the packed weights of both; the transposed ones are a second copy.
    public var weightBytes: Int { plan.weightBytes }
    /// What the forward keeps for the gradient.
    public var kept: [Part] { plan.kept }
    /// What the gradient computes again, and the bytes that keeping it would take.
    public var recomputed: [Part] { plan.recomputed }
    /// The bytes of `kept`.
    public var keptBytes: Int { kept.reduce(0) { $0 + $1.bytes } }
    /// The bytes that keeping `recomputed` would take.
    public var recomputedBytes: Int { recomputed.reduce(0) { $0 + $1.bytes } }

    /// A value of the forward.
    public typealias Part = Plan.GradientPart
}

extension UNet1DModel {
    /// Plans a forward and its gradient with respect to the sample. Allocates no memory for them and reads no weights.
    ///
    /// - Throws: `UNet1DError.planning` for a shape that the reference would raise for, `UNet1DError.implementation`.
    public func gradientPlan(
        _ shape: ForwardShape, options: Session.Options = Session.Options()
    ) throws(UNet1DError) -> GradientPlan {
        GradientPlan(plan: try plan(shape, options: options, differentiated: true))
    }
}
