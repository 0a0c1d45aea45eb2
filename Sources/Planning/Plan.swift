import Arena
public import Checkpoint
import KernelArguments
public import KernelDispatch

/// How a forward computes. Decides bits, together with the shape and the instruction set.
public enum Accuracy: String, Sendable, Hashable, CaseIterable {
    /// May use convolution algorithms with a few times the rounding error of the direct form.
    case fast
    /// Convolution algorithms that round no more than the direct form in the root mean square: that form, and a Fourier transform.
    case strict
}

/// Everything about a forward that can be known before memory is allocated: operations, tiles, buffers, bytes.
///
/// ```swift
/// let plan = try model.plan(ForwardShape(batch: 1, length: 32))
/// print("\(plan.id): \(plan.stageCount) stages, \(plan.arenaBytes) bytes of activations")
/// for operation in plan.operations { print(operation.name, operation.kind, operation.tileCount) }
/// ```
///
/// A plan needs no weights. It depends on configuration, shape, instruction set, accuracy and machine profile, and never on
/// workers, placement or the machine's memory.
///
/// Make one to size memory, to compare identifiers between machines, or to see what a forward will do. A session does
/// not need it: it plans its shapes itself and has the result.
public struct Plan: Sendable {
    /// The model's configuration.
    public let configuration: UNet1DConfiguration
    /// Batch, length and timesteps.
    public let shape: ForwardShape
    /// The kernels that it is made for.
    package let implementation: Implementation
    /// The requested accuracy.
    public let accuracy: Accuracy
    /// The numbers that weights are held in.
    public let precision: Precision
    /// What is known of the machine.
    public let machine: MachineProfile
    /// The operations, in order.
    public internal(set) var operations: [Plan.Operation]
    /// The outer levels that a short forward computes; nil: the plan is of whole forwards alone.
    public let shortLevels: Int?
    /// The packed weights that the operations read.
    package let weights: [WeightRequest]
    /// (batch, channels, length) of the sample; (batch, length, channels) of a robot policy's.
    public let sampleShape: [Int]
    /// (batch, channels, length) of the output, or (batch, 1) of a value head; (batch, length, channels) of a robot policy's.
    public let outputShape: [Int]
    /// The order of the sample's dimensions.
    package let layoutOfSample: SampleLayout
    /// What the caller brings once an observation.
    public let conditionShapes: ConditionShapes
    /// The rounding error of its convolutions of width 5.
    package let rounding: RoundingPrediction
    /// Offsets of the buffers in the arena, with the high-water mark and its lower bound.
    package let layout: ArenaLayout
    /// A digest of every choice that decides bits: equal identifiers and equal input give equal output.
    public let id: String
    /// How many of the operations are the forward's; the others are the gradient's.
    package let forwardOperations: Int
    /// The operations, grouped by what may run at once.
    var stages: [Stage]
    let buffers: [Buffer]
    private let usages: [BufferUsage]
    /// The buffer in which a session writes the timesteps, as Double.
    let timestepsBuffer: Int?
    /// The buffer of what comes from below a short forward's levels; it keeps that from forward to forward.
    let deepBuffer: Int?

    /// Plans a forward.
    ///
    /// - Parameters:
    ///   - network: the model's structure.
    ///   - shape: batch, length and timesteps.
    ///   - implementation: the kernels.
    ///   - accuracy: which convolution algorithms may be used.
    ///   - precision: the numbers that weights are held in.
    ///   - machine: what decides tiles and algorithms.
    ///   - roundingLimit: the budget of rounding; nil: `RoundingBudget.limit`.
    ///   - differentiated: plans the gradient with respect to the sample, too.
    ///   - shortLevels: the outer levels of short forwards; nil: there will be none.
    ///   - keepingIntermediates: gives every buffer memory of its own, so that all values can be read after a forward.
    /// - Throws: `PlanningError` for a shape that the reference would raise for, and for numbers that no machine has.
    package init(
        network: Network, shape: ForwardShape, implementation: Implementation, accuracy: Accuracy = .fast,
        precision: Precision = .f32, machine: MachineProfile = .builtIn, roundingLimit: Double? = nil,
        differentiated: Bool = false,
        shortLevels: Int? = nil, keepingIntermediates: Bool = false
    ) throws(PlanningError) {
        for (name, size) in [("batch", shape.batch), ("length", shape.length), ("timesteps", shape.timesteps)]
        where size < 1 || size > 1 << 31 {
            throw .size(name: name, found: size, expected: "1 or more, at most 2147483648")
        }
        if precision != .f32, accuracy == .strict { throw .strictPrecision(precision) }
        if let shortLevels { try Self.check(shortLevels: shortLevels, of: network) }
        try machine.validate()
        var lowering = Lowering(network, shape, shortLevels: shortLevels)
        let result = try lowering.forward()
        let forwardLines = lowering.lines.count
        if differentiated { lowering = try Differentiation.appended(to: lowering) }
        let weightBytes = precision.element(implementation).bytes * network.parameters
        func forms(_ lines: some Sequence<Line>) -> Forms {
            Forms(Array(lines), accuracy: accuracy, limit: roundingLimit ?? precision.roundingLimit) { size in
                let element = precision.element(implementation, count: 5 * size.depth * size.columns)
                let halves = precision == .bf16 && element != .f32
                return ConvolutionChoice(
                    size, modelWeightBytes: weightBytes, directWeightBytes: element.bytes,
                    directRate: element.directRate, halvesTransformed: halves,
                    blockRows: implementation.table.geometry.block_rows,
                    isa: implementation.isa, machine: machine)
            }
        }
        // Each of the two has the whole budget, so that the output is that of a forward alone, to the bit.
        let forward = forms(lowering.lines[..<forwardLines])
        let backward = forms(lowering.lines[forwardLines...])
        var lines = InPlace.applied(to: forward.lines + backward.lines, kept: lowering.kept, forwardLines: forwardLines)
        lines = WholeNorms.applied(to: lines)
        lines = Shortcuts.moved(lines, kept: lowering.kept, machine.tiles)
        lines = Shortcuts.joined(lines, from: forwardLines)
        let builder = OperationBuilder(
            lines, observationLines: lowering.observationLines, stepLines: lowering.stepLines,
            implementation: implementation, sizes: machine.tiles, precision: precision,
            keepsIntermediates: keepingIntermediates)
        rounding = forward.rounding
        forwardOperations = builder.operations.firstIndex { $0.touches(.cotangent) } ?? builder.operations.count
        configuration = network.configuration
        self.shape = shape
        self.implementation = implementation
        self.accuracy = accuracy
        self.precision = precision
        self.machine = machine
        self.shortLevels = shortLevels
        operations = builder.operations
        stages = Stage.stages(
            of: operations, machine: machine, rate: machine.multiplyAddsPerSecond[implementation.isa],
            weightBandwidth: machine.weightBandwidth(modelWeightBytes: weightBytes))
        weights = builder.weights
        buffers = builder.buffers
        timestepsBuffer = builder.timesteps
        layoutOfSample = network.layout
        sampleShape = network.layout.shape(
            batch: shape.batch, channels: network.sampleChannels, length: shape.length)
        outputShape =
            configuration.outBlockType == .valueFunction
            ? [result.batch, 1]
            : network.layout.shape(batch: result.batch, channels: result.channels, length: result.length)
        conditionShapes = ConditionShapes(network.condition, shape)
        deepBuffer = lowering.deep.map { builder.placed($0).buffer }
        let lasting = [lowering.deep, lowering.observed, lowering.localRows].compactMap {
            $0.map(builder.placed)?.buffer
        }
        usages = Lifetimes.usages(of: buffers, by: operations, lasting: lasting)
        let lastStage = stages.count - 1
        layout = ArenaLayout(
            usages.map { keepingIntermediates ? BufferUsage(bytes: $0.bytes, first: 0, last: lastStage) : $0 })
        id = PlanDigest.identifier(
            network: network, shape: shape, implementation: implementation, accuracy: accuracy, precision: precision,
            operations: operations, shortLevels: shortLevels)
    }

    /// How many of the stages are the forward's; the others are the gradient's. No stage has operations of both.
    package var forwardStages: Int { isDifferentiated ? operations[forwardOperations].stage : stages.count }

    /// Whether it has the gradient with respect to the sample, too.
    package var isDifferentiated: Bool { forwardOperations < operations.count }

    /// The instruction set that it is made for; nil for the reference's kernels, which only tests use.
    public var isa: ISA? { implementation.isa }

    /// Bytes of the activation arena.
    public var arenaBytes: Int { layout.bytes }

    /// The largest sum of what is live at once: no arena can have fewer bytes.
    public var arenaLowerBoundBytes: Int { layout.lowerBoundBytes }

    /// Bytes of scratch that each worker needs.
    public var scratchBytesPerWorker: Int { roundUp(max(64, operations.map(\.scratchBytes).max() ?? 0), 64) }

    /// Bytes of all packed weights that the operations read.
    public var weightBytes: Int { weights.reduce(0) { $0 + $1.bytes } }

    /// Multiply-adds of a forward in direct form.
    public var multiplyAdds: Int { operations.reduce(0) { saturatingSum($0, $1.multiplyAdds) } }

    /// Multiply-adds of a forward that the chosen algorithms cannot do without.
    public var products: Int { operations.reduce(0) { saturatingSum($0, $1.products) } }

    /// Tiles of all operations of the forward.
    package var forwardTiles: Int {
        let forward = isDifferentiated ? operations[..<forwardOperations] : operations[...]
        return forward.reduce(0) { $0 + $1.tileCount }
    }

    /// Stages: groups of operations that run together, one after another.
    public var stageCount: Int { stages.count }

    /// Each buffer's usage and its offset in the arena, by buffer index.
    package var bufferPlacements: [(usage: BufferUsage, offset: Int)] {
        zip(usages, layout.offsets).map { ($0, $1) }
    }
}
