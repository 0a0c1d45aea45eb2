import UNet1D

/// A plan as a whole: shapes, what decided it, memory and work.
public struct PlanSummary: Sendable {
    /// A digest of what decides bits.
    public var id: String
    /// (batch, channels, length); (batch, length, channels) of a robot policy's.
    public var sampleShape: [Int]
    /// Batch elements.
    public var batch: Int
    /// Positions.
    public var length: Int
    /// What a loop computes once an observation, rather than at every step; nil: nothing.
    public var observation: Once?
    /// What a loop computes once for each timestep of its schedule; nil: nothing.
    public var timestep: Once?
    /// Entries of the timestep.
    public var timesteps: Int
    /// (batch, channels, length), or (batch, 1).
    public var outputShape: [Int]
    /// The number of workers.
    public var threads: Int
    /// The kernels' name.
    public var isa: String
    /// The machine profile that decided tiles and algorithms.
    public var machine: String
    /// `fast` or `strict`.
    public var accuracy: String
    /// The precision of storage and arithmetic.
    public var precision: String
    /// What is predicted of rounding in convolutions of width 5.
    public var rounding: Rounding
    /// Packed weights that the plan reads.
    public var weightsBytes: Int
    /// The arena.
    public var arenaBytes: Int
    /// The most bytes that are live at once.
    public var arenaLowerBoundBytes: Int
    /// Scratch of each worker.
    public var scratchBytesPerWorker: Int
    /// Groups of operations, one after another.
    public var stages: Int
    /// Multiply-adds of a forward in direct form.
    public var multiplyAdds: Int
    /// Products of the chosen algorithms, without taps that meet padding.
    public var products: Int

    /// The gradient; nil for a forward alone.
    public var gradient: Gradient?

    /// The gradient's part of a plan.
    public struct Gradient: Sendable {
        /// The first operation that is the gradient's.
        public var firstOperation: Int
        /// What the forward keeps for it.
        public var kept: [Plan.GradientPart]
        /// What it computes again.
        public var recomputed: [Plan.GradientPart]
    }

    /// Scratch of all workers.
    public var scratchBytes: Int { scratchBytesPerWorker * threads }

    /// What is computed once, as a part of a forward.
    public struct Once: Sendable {
        /// Packed weights that it reads.
        public var weightsBytes: Int
        /// Multiply-adds in direct form.
        public var multiplyAdds: Int
    }

    /// Errors, root mean square, as multiples of PyTorch's own float32 error.
    public struct Rounding: Sendable {
        /// As planned.
        public var error: Double
        /// With the direct form everywhere.
        public var direct: Double
        /// With the fastest forms.
        public var fastest: Double
        /// What `fast` may have; nil for `strict`.
        public var budget: Double?
        /// Convolutions that take a more accurate form than the fastest.
        public var lowered: Int
        /// Convolutions of width 5.
        public var convolutions: Int
    }
}

extension PlanSummary {
    /// The summary of a plan that a number of workers run.
    init(_ plan: Plan, threads: Int) {
        id = plan.id
        sampleShape = plan.sampleShape
        (batch, length) = (plan.shape.batch, plan.shape.length)
        (observation, timestep) = (Once(plan.work(of: .observation)), Once(plan.work(of: .step)))
        timesteps = plan.shape.timesteps
        outputShape = plan.outputShape
        self.threads = threads
        isa = plan.implementation.name
        machine = plan.machine.name
        accuracy = plan.accuracy.rawValue
        precision = plan.precision.rawValue
        rounding = Rounding(
            error: plan.rounding.error, direct: plan.rounding.direct, fastest: plan.rounding.fastest,
            budget: plan.rounding.budget.isFinite ? plan.rounding.budget : nil, lowered: plan.rounding.lowered,
            convolutions: plan.rounding.convolutions)
        weightsBytes = plan.weightBytes
        arenaBytes = plan.arenaBytes
        arenaLowerBoundBytes = plan.arenaLowerBoundBytes
        scratchBytesPerWorker = plan.scratchBytesPerWorker
        stages = plan.stageCount
        multiplyAdds = plan.multiplyAdds
        products = plan.products
        gradient =
            plan.isDifferentiated
            ? Gradient(firstOperation: plan.forwardOperations, kept: plan.kept, recomputed: plan.recomputed) : nil
    }
}

extension PlanSummary.Once: ReportRecord {
    init?(_ work: (weightBytes: Int, multiplyAdds: Int)) {
        if work.weightBytes == 0 { return nil }
        self.init(weightsBytes: work.weightBytes, multiplyAdds: work.multiplyAdds)
    }

    /// Bytes and multiply-adds.
    public static var fields: [Field<Self>] {
        [Field("weights_bytes", .bytes, \.weightsBytes), Field("multiply_adds", \.multiplyAdds)]
    }
}

extension PlanSummary.Rounding: ReportRecord {
    /// Errors and budget, and what was done for it.
    public static var fields: [Field<Self>] {
        [
            Field("error", \.error), Field("direct", \.direct), Field("fastest", \.fastest),
            Field("budget", \.budget), Field("lowered", \.lowered), Field("convolutions", \.convolutions),
        ]
    }
}

extension PlanSummary.Gradient: ReportRecord {
    /// Where it begins, and what is kept and computed again for it, with bytes.
    public static var fields: [Field<Self>] {
        [
            Field("first_operation", \.firstOperation),
            Field("kept_bytes", .bytes) { $0.kept.reduce(0) { $0 + $1.bytes } },
            Field("recomputed_bytes", .bytes) { $0.recomputed.reduce(0) { $0 + $1.bytes } },
            Field("kept", \.kept), Field("recomputed", \.recomputed),
        ]
    }
}

extension Plan.GradientPart: ReportRecord {
    /// The operation and its bytes.
    public static var fields: [Field<Self>] { [Field("name", \.name), Field("bytes", .bytes, \.bytes)] }
}
