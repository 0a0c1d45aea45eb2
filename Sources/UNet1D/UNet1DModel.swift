import Checkpoint
import KernelDispatch
import Memory
import Planning
import Workers

/// A loaded model: configuration and weights. It is immutable, and sessions on any threads may share it.
///
/// ```swift
/// let model = try UNet1DModel(directory: "checkpoints/unet")
/// let plan = try model.plan(ForwardShape(batch: 1, length: 512))
/// print("\(plan.arenaBytes) bytes of activations, \(plan.weightBytes) bytes of weights")
/// ```
///
/// Opening a model reads no weights. A session or ``packWeights(for:numa:pool:)`` packs each weight once for its
/// instruction set, and it stays packed as long as the model lives. Open a checkpoint once for the whole process: a
/// second model of the same folder packs everything again. Do not call a model itself in a loop, as each call makes a
/// session and drops it; keep a ``Session``.
public final class UNet1DModel: Sendable {
    /// The fields of config.json; of a robot policy its structure in the words of a UNet1DModel, which has the same blocks.
    public var configuration: UNet1DConfiguration { network.configuration }
    /// The configuration of a robot policy's network; nil: the model is a UNet1DModel.
    public var conditionalConfiguration: ConditionalUnet1DConfiguration? { network.conditional }
    /// What was ignored or odd in the files, a sentence each; and why packed weights are not shared though they were to be.
    public var notes: [String] { fileNotes + weights.notes }
    /// The number of frequencies of the Fourier embedding, from the checkpoint's `time_proj.weight`.
    public var fourierFrequencies: Int { network.fourierFrequencies }
    /// Channels of the sample, as `Plan.sampleShape` has them.
    public var sampleChannels: Int { network.sampleChannels }
    package let network: Network
    private let fileNotes: [String]
    let weights: WeightStore
    /// What config.json holds, where there is one.
    let json: JSONValue?

    /// A model of any source.
    ///
    /// - Parameter folder: where processes share packed weights.
    init(
        network: Network, notes: [String], json: JSONValue?, source: some WeightSource,
        sharing folder: SharedFolder? = nil
    ) {
        self.network = network
        fileNotes = notes
        self.json = json
        weights = WeightStore(source: source, sharing: folder)
    }

    /// Opens a checkpoint: what diffusers' `save_pretrained` writes, a pipeline folder with `unet/` in it, a repository in the
    /// hub's cache, a file of weights with config.json beside it, or a file of a trainer of Dance Diffusion (`.ckpt`) or of
    /// jannerm/diffuser (`state_*.pt`); or a robot policy: a `ConditionalUnet1D` of Diffusion Policy (a folder, or a `.ckpt`), or
    /// the folder of a LeRobot policy of type "diffusion". Weights are safetensors, PyTorch's pickles of tensors, of which nothing is run, or
    /// shards of either.
    ///
    /// Checks every tensor's name and shape; reads no weights yet: the file stays open, and packing reads it.
    /// Allocates; blocks on the disk.
    ///
    /// - Parameters:
    ///   - directory: a path, or the name of a repository in the cache.
    ///   - lookup: which of the models there.
    ///   - sharedWeights: the folder in which processes of this machine share packed weights, for instance
    ///     ``sharedWeightsFolder``; nil: they are this process's own. It is made where there is none, must be this user's, and
    ///     nobody else may write to it. Where it lies on a disk, forwards may wait for that. See <doc:Memory>.
    /// - Throws: `UNet1DError.checkpoint`; `UNet1DError.memory` for a folder that is not safe to share weights in.
    public convenience init(
        directory: String, lookup: ModelLookup = ModelLookup(), sharedWeights: String? = nil
    ) throws(UNet1DError) {
        let folder = try rethrowing(SharedFolder.opened(sharedWeights), as: UNet1DError.memory)
        self.init(
            try rethrowing(ModelDirectory(directory, lookup: lookup).open(), as: UNet1DError.checkpoint),
            sharing: folder)
    }

    /// The usual folder for the packed weights that processes share: `/dev/shm/unet1d-` and the user's number.
    public static var sharedWeightsFolder: String { SharedFolder.standardPath }

    /// The seed of random weights, unless another is given.
    public static let defaultSeed = SeededWeights.defaultSeed

    /// A model with seeded random weights, from a configuration alone. Each number depends on the seed, its tensor's name and
    /// its place: the same on every machine, in whatever order they are made. Allocates.
    ///
    /// - Parameters:
    ///   - configuration: the structure.
    ///   - seed: decides the numbers.
    ///   - initialisation: the distributions: for measuring, activations near unit variance; `pytorch`: those with which
    ///     PyTorch begins.
    /// - Throws: `UNet1DError.checkpoint` for a configuration that diffusers cannot run.
    public convenience init(
        configuration: UNet1DConfiguration, seed: UInt64 = UNet1DModel.defaultSeed,
        initialisation: Initialisation = .balanced
    ) throws(UNet1DError) {
        try self.init(family: .unet1D(configuration), seed: seed, initialisation: initialisation)
    }

    /// A robot policy's network with seeded random weights, as for a UNet1DModel. Allocates.
    ///
    /// - Parameters:
    ///   - configuration: the structure.
    ///   - seed: decides the numbers.
    ///   - initialisation: the distributions.
    /// - Throws: `UNet1DError.checkpoint` for a configuration that cannot run.
    public convenience init(
        configuration: ConditionalUnet1DConfiguration, seed: UInt64 = UNet1DModel.defaultSeed,
        initialisation: Initialisation = .balanced
    ) throws(UNet1DError) {
        try self.init(family: .conditionalUnet1D(configuration), seed: seed, initialisation: initialisation)
    }

    /// A model of either family with seeded random weights.
    package convenience init(
        family: ModelFamily, seed: UInt64 = UNet1DModel.defaultSeed, initialisation: Initialisation = .balanced
    ) throws(UNet1DError) {
        let network = try rethrowing(family.network(), as: UNet1DError.checkpoint)
        self.init(
            network: network, notes: [], json: nil,
            source: SeededSource(network.tensors, seed: seed, initialisation: initialisation))
    }

    /// Plans a forward of a shape. Allocates no memory for the forward and reads no weights.
    ///
    /// - Throws: `UNet1DError.planning` for a shape that the reference would raise for, `UNet1DError.implementation`.
    public func plan(_ shape: ForwardShape, options: Session.Options = Session.Options()) throws(UNet1DError) -> Plan {
        try plan(shape, options: options, differentiated: false)
    }

    /// Plans a forward, or a forward and its gradient.
    func plan(
        _ shape: ForwardShape, options: Session.Options, differentiated: Bool
    ) throws(UNet1DError) -> Plan {
        try Plan(network: network, shape: shape, options: options, differentiated: differentiated)
    }

    /// Packs the weights that `plan` reads, so that sessions of it need not. Allocates; blocks on the disk.
    ///
    /// - Parameters:
    ///   - plan: the plan of the sessions to come.
    ///   - numa: the memory policy of these sessions.
    ///   - pool: the workers of these sessions; nil: one on each usable core of this machine.
    /// - Throws: `UNet1DError.checkpoint`, `UNet1DError.memory`.
    public func packWeights(for plan: Plan, numa: NUMAPolicy = .auto, pool: WorkerPool? = nil) throws(UNet1DError) {
        _ = try weights(plan, arrangement(numa, [plan], pool: pool))
    }

    /// A policy, resolved for the weights of plans and for a pool's workers.
    func arrangement(_ numa: NUMAPolicy, _ plans: [Plan], pool: WorkerPool?) -> NodeArrangement {
        let topology = pool?.topology ?? .current
        let everywhere = Placement(workers: topology.usableCores, topology: topology)
        return NodeArrangement(
            numa, topology: topology, workerNodes: pool.map { $0.boundNodes } ?? everywhere.nodes
        ) { nodes in
            weights.missingBytes(plans, at: nodes.map { .node($0) })
        }
    }

    /// The packed weights of a plan, a list for each copy.
    func weights(_ plan: Plan, _ nodes: NodeArrangement) throws(UNet1DError) -> [[UnsafeRawPointer]] {
        var copies: [[UnsafeRawPointer]] = []
        for placement in nodes.weightPlacements {
            copies.append(
                try rethrowing(
                    weights.pointers(for: plan, at: placement) { FreeMemory.bytes(ofNode: $0) }, as: UNet1DError.init))
        }
        return copies
    }

    /// The bytes of all weights packed so far, all copies included.
    public var packedWeightBytes: Int { weights.bytes }
}

extension Plan {
    /// Plans a forward from a configuration alone.
    ///
    /// - Parameters:
    ///   - configuration: the model's.
    ///   - fourierFrequencies: nil: what the configuration says.
    ///   - shape: batch, length and timesteps.
    ///   - options: instruction set, accuracy and machine profile; no other option decides a plan.
    /// - Throws: `UNet1DError.checkpoint` for a configuration that diffusers cannot run, `UNet1DError.planning` for a
    ///   shape that it would raise for, `UNet1DError.implementation`.
    public init(
        configuration: UNet1DConfiguration, fourierFrequencies: Int? = nil, shape: ForwardShape,
        options: Session.Options = Session.Options()
    ) throws(UNet1DError) {
        let network = try rethrowing(
            Network(configuration, fourierFrequencies: fourierFrequencies), as: UNet1DError.checkpoint)
        try self.init(network: network, shape: shape, options: options)
    }

    /// Plans a forward of a network.
    ///
    /// - Throws: `UNet1DError.planning`, `UNet1DError.implementation`.
    package init(
        network: Network, shape: ForwardShape, options: Session.Options, differentiated: Bool = false
    ) throws(UNet1DError) {
        let implementation = try options.implementation()
        self = try rethrowing(
            Plan(
                network: options.localCondition ? network : network.withoutLocalCondition, shape: shape,
                implementation: implementation, accuracy: options.accuracy,
                precision: options.precision, machine: options.machine, roundingLimit: options.roundingLimit,
                differentiated: differentiated,
                shortLevels: differentiated ? nil : options.shortLevels),
            as: UNet1DError.planning)
    }
}

extension Session.Options {
    func implementation() throws(UNet1DError) -> Implementation {
        guard let isa else { return .best }
        return try rethrowing(Implementation(isa: isa), as: UNet1DError.implementation)
    }
}

extension UNet1DError {
    init(_ error: WeightError) {
        switch error {
        case .checkpoint(let error): self = .checkpoint(error)
        case .memory(let error): self = .memory(error)
        }
    }
}
