public import UNet1D

/// The operations that would run, and their memory.
public struct PlanReport: Sendable {
    /// A digest of what decides bits.
    public var planID: String
    /// The profile; nil where there is none.
    public var profile: String?
    /// The checkpoint's folder; nil with random weights.
    public var model: String?
    /// Weights of the model, one by one.
    public var parameters: Int
    /// (batch, channels, length).
    public var sampleShape: [Int]
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
    /// The memory policy that would be used on the machine.
    public var numa: String
    /// The share of memory traffic that is local.
    public var locality: Locality
    /// `fast` or `strict`.
    public var accuracy: String
    /// What is predicted of rounding in convolutions of width 5.
    public var rounding: Rounding
    /// The precision of storage and arithmetic.
    public var precision: String
    /// Packed weights.
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
    /// What was odd about the model, a sentence each.
    public var notes: [String]
    /// The operations in order.
    public var operations: [Row]
    /// The arena's buffers.
    public var buffers: [BufferRow]

    /// An operation.
    public struct Row: Sendable {
        /// Operations of one stage do not depend on one another.
        public var stage: Int
        /// Its module.
        public var name: String
        /// What it does.
        public var kind: String
        /// (batch, length, channels).
        public var inputShape: [Int]
        /// (batch, length, channels).
        public var shape: [Int]
        /// Units of work that workers claim.
        public var tiles: Int
        /// Multiply-adds in direct form.
        public var multiplyAdds: Int
        /// Products of the chosen algorithm, without taps that meet padding.
        public var products: Int
        /// Bytes of activations and weights, each counted once.
        public var bytesRead: Int
        /// The bytes of weights among `bytesRead`.
        public var weightBytes: Int
        /// Bytes of activations.
        public var bytesWritten: Int
        /// The buffer that it writes, an index into `buffers`; nil: the caller's output.
        public var buffer: Int?
        /// The offset of this buffer in the arena.
        public var arenaOffset: Int?
        /// Why it is computed the way it is, where there was a choice.
        public var reason: String?
        /// The module whose result the epilogue computes after each tile, while the tile is in the worker's cache; nil:
        /// none.
        public var follower: String?
        /// The kind of the epilogue; nil: there is none.
        public var followerKind: String?
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

    /// A buffer of the arena.
    public struct BufferRow: Sendable {
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
        planID = plan.id
        profile = workload.profile
        model = workload.model.path
        parameters = outline.network.parameters
        sampleShape = plan.sampleShape
        timesteps = plan.shape.timesteps
        outputShape = plan.outputShape
        threads = compute.threads
        isa = plan.implementation.name
        machine = plan.machine.name
        locality = Locality(plan, workers: compute.threads, topology: compute.topology)
        let places = compute.topology.nodes
        numa =
            NodeArrangement(
                compute.options.numa, topology: compute.topology,
                workerNodes: locality.workerNodes.isEmpty
                    ? nil : locality.workerNodes.map { id in places.firstIndex { $0.id == id } ?? 0 }
            ) { $0.count * plan.weightBytes }.policy.rawValue
        accuracy = plan.accuracy.rawValue
        rounding = Rounding(
            error: plan.rounding.error, direct: plan.rounding.direct, fastest: plan.rounding.fastest,
            budget: plan.rounding.budget.isFinite ? plan.rounding.budget : nil, lowered: plan.rounding.lowered,
            convolutions: plan.rounding.convolutions)
        precision = Compute.precision
        weightsBytes = plan.weightBytes
        arenaBytes = plan.arenaBytes
        arenaLowerBoundBytes = plan.arenaLowerBoundBytes
        scratchBytesPerWorker = plan.scratchBytesPerWorker
        stages = plan.stageCount
        multiplyAdds = plan.multiplyAdds
        products = plan.products
        notes = outline.notes
        let placements = plan.bufferPlacements
        operations = plan.operations.map { operation in
            Row(
                stage: operation.stage, name: operation.name, kind: operation.kind.rawValue,
                inputShape: operation.inputShape, shape: operation.outputShape, tiles: operation.tileCount,
                multiplyAdds: operation.multiplyAdds, products: operation.products, bytesRead: operation.bytesRead,
                weightBytes: operation.weightBytes, bytesWritten: operation.bytesWritten,
                buffer: operation.outputBuffer,
                arenaOffset: operation.outputBuffer.map { placements[$0].offset }, reason: operation.reason,
                follower: operation.followedBy?.name, followerKind: operation.followedBy?.kind.rawValue)
        }
        buffers = placements.map {
            BufferRow(
                offset: $0.offset, bytes: $0.usage.bytes, firstStage: $0.usage.first, lastStage: $0.usage.last)
        }
    }
}
