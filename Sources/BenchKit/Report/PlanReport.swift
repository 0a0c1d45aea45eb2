public import UNet1D

/// The operations that would run, and their memory.
public struct PlanReport: Sendable, PlannedReport {
    /// The model, the seed and the timestep.
    public var workload: WorkloadSummary
    /// Shapes, choices, memory and work.
    public var plan: PlanSummary
    /// The memory policy that would be used on the machine.
    public var numa: String
    /// The share of memory traffic that is local.
    public var locality: Locality
    /// The operations in order.
    public var operations: [OperationSummary]
    /// The arena's buffers.
    public var buffers: [Buffer]

    /// A buffer of the arena.
    public struct Buffer: Sendable {
        /// Where it begins.
        public var offset: Int
        /// Its size.
        public var bytes: Int
        /// The first stage that touches it.
        public var firstStage: Int
        /// The last one.
        public var lastStage: Int
    }
}

extension PlanReport {
    /// The report of a workload's plan.
    public init(_ plan: Plan, outline: ModelSource.Outline, workload: Workload, compute: Compute) {
        self.workload = WorkloadSummary(workload, network: outline.network, notes: outline.notes)
        self.plan = PlanSummary(plan, threads: compute.threads)
        locality = Locality(plan, workers: compute.threads, topology: compute.topology)
        numa = Self.policy(plan, compute, workerNodes: locality.workerNodes).rawValue
        operations = OperationSummary.all(plan)
        buffers = Buffer.all(plan)
    }

    /// The policy that a session would use, with workers on the nodes that the kernel calls `workerNodes`.
    private static func policy(_ plan: Plan, _ compute: Compute, workerNodes: [Int]) -> NUMAPolicy {
        let nodes = compute.topology.nodes
        let indices = workerNodes.map { id in nodes.firstIndex { $0.id == id } ?? 0 }
        return NodeArrangement(
            compute.options.numa, topology: compute.topology, workerNodes: indices.isEmpty ? nil : indices
        ) { $0.count * plan.weightBytes }.policy
    }
}

extension PlanReport: ReportRecord {
    /// Schema `unet1d-plan/1`.
    public static var fields: [Field<PlanReport>] {
        subject + memory + [
            Field("locality", \.locality), Field("stages", \.plan.stages),
            Field("multiply_adds", \.plan.multiplyAdds), Field("products", \.plan.products),
            Field("gradient", \.plan.gradient), .notes,
            Field("operations", \.operations), Field("buffers", \.buffers),
        ]
    }

    private static var subject: [Field<PlanReport>] {
        [
            Field("schema") { _ in "unet1d-plan/1" }, .planID, .profile, .model,
        ] + Field.lookup + [
            .parameters, Field("sample_shape", \.plan.sampleShape), .lengthReason,
            Field("timesteps", \.plan.timesteps),
            Field("output_shape", \.plan.outputShape), .threads, .isa, .machine, Field("numa", \.numa), .accuracy,
            Field("rounding", \.plan.rounding), Field("once_an_observation", \.plan.observation),
            Field("once_a_timestep", \.plan.timestep), .precision,
        ]
    }

    private static var memory: [Field<PlanReport>] {
        [
            Field("weights_bytes", .bytes, \.plan.weightsBytes), .arenaBytes, .arenaLowerBoundBytes,
            Field("scratch_bytes_per_worker", .bytes, \.plan.scratchBytesPerWorker), .scratchBytes,
        ]
    }
}

extension PlanReport.Buffer {
    /// A plan's buffers, by their index in the plan.
    static func all(_ plan: Plan) -> [Self] {
        plan.bufferPlacements.map {
            Self(offset: $0.offset, bytes: $0.usage.bytes, firstStage: $0.usage.first, lastStage: $0.usage.last)
        }
    }
}

extension PlanReport.Buffer: ReportRecord {
    /// Where and when it lives.
    public static var fields: [Field<Self>] {
        [
            Field("offset", .bytes, \.offset), Field("bytes", .bytes, \.bytes), Field("first_stage", \.firstStage),
            Field("last_stage", \.lastStage),
        ]
    }
}
