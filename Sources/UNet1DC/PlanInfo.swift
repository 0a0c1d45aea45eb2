import CUNet1D
import UNet1D

/// What the plans of a forward and of a gradient both say.
protocol PlanFacts {
    var shape: ForwardShape { get }
    var sampleShape: [Int] { get }
    var outputShape: [Int] { get }
    var arenaBytes: Int { get }
    var scratchBytesPerWorker: Int { get }
    var weightBytes: Int { get }
    var id: String { get }
    var conditionShapes: ConditionShapes { get }
}

extension Plan: PlanFacts {}
extension GradientPlan: PlanFacts {}

extension unet1d_plan_info {
    /// What C is told of a plan; without the size, which is the caller's.
    init(_ plan: some PlanFacts) {
        self.init()
        output_rank = UInt32(plan.outputShape.count)
        shape = unet1d_shape(
            batch: Int64(plan.shape.batch), length: Int64(plan.shape.length), timesteps: Int64(plan.shape.timesteps))
        withUnsafeMutableBytes(of: &sample_shape) { Self.copy(plan.sampleShape.map(Int64.init), to: $0) }
        withUnsafeMutableBytes(of: &output_shape) { Self.copy(plan.outputShape.map(Int64.init), to: $0) }
        sample_count = plan.sampleShape.reduce(1, *)
        output_count = plan.outputShape.reduce(1, *)
        arena_bytes = plan.arenaBytes
        scratch_bytes_per_worker = plan.scratchBytesPerWorker
        weight_bytes = plan.weightBytes
        global_condition_count = plan.conditionShapes.globalCount
        local_condition_count = plan.conditionShapes.localCount
        withUnsafeMutableBytes(of: &plan_id) { Self.copy(Array(plan.id.utf8.prefix($0.count - 1)), to: $0) }
    }

    private static func copy<Element: BitwiseCopyable>(_ values: [Element], to bytes: UnsafeMutableRawBufferPointer) {
        values.withUnsafeBytes { bytes.copyMemory(from: $0) }
    }
}
