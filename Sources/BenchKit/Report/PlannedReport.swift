/// A report of a workload's plan, whether it was run or not: these share fields.
public protocol PlannedReport: ReportRecord {
    /// The model, the seed and the timestep.
    var workload: WorkloadSummary { get }
    /// Shapes, choices, memory and work.
    var plan: PlanSummary { get }
}

extension Field where Subject: PlannedReport {
    static var planID: Field { Field("plan_id", \.plan.id) }
    static var profile: Field { Field("profile", \.workload.profile) }
    static var model: Field { Field("model", \.workload.model) }
    /// Which of the models in the checkpoint, under the names of the flags.
    static var lookup: [Field] {
        [
            Field("revision", \.workload.lookup.revision), Field("subfolder", \.workload.lookup.subfolder),
            Field("variant", \.workload.lookup.variant), Field("config", \.workload.lookup.configuration),
        ]
    }
    static var lengthReason: Field { Field("length_reason", \.workload.lengthReason) }
    static var parameters: Field { Field("parameters", \.workload.parameters) }
    static var notes: Field { Field("notes", \.workload.notes) }
    static var threads: Field { Field("threads", \.plan.threads) }
    static var isa: Field { Field("isa", \.plan.isa) }
    static var machine: Field { Field("machine", \.plan.machine) }
    static var accuracy: Field { Field("accuracy", \.plan.accuracy) }
    static var precision: Field { Field("precision", \.plan.precision) }
    static var arenaBytes: Field { Field("arena_bytes", .bytes, \.plan.arenaBytes) }
    static var arenaLowerBoundBytes: Field {
        Field("arena_lower_bound_bytes", .bytes, \.plan.arenaLowerBoundBytes)
    }
    static var scratchBytes: Field { Field("scratch_bytes", .bytes, \.plan.scratchBytes) }
}
