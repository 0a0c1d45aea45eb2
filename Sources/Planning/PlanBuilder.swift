import CKernels
import Checkpoint
import KernelArguments
import KernelDispatch

/// Lowers blocks to a flat list of operations. Each method that returns a `Value` appends the operations that compute it.
struct PlanBuilder {
    let network: Network
    let shape: ForwardShape
    let geometry: kernel_geometry
    let accuracy: Accuracy
    let isa: ISA?
    let machine: MachineProfile
    /// Bytes of all weights as floats: whether they stay in a cache.
    let modelWeightBytes: Int
    /// Whether every value that can be requested keeps a buffer of its own.
    let keepsIntermediates: Bool
    /// For each convolution of width 5 the index of the form that it takes; empty: each takes the fastest.
    let forms: [Int]

    private(set) var buffers: [Buffer] = []
    var operations: [Operation] = []
    private(set) var weights: [WeightRequest] = []
    private var weightIndices: [WeightRequest: Int] = [:]
    /// The stage of the latest operation.
    private(set) var currentStage = -1
    /// Skips that no up block has taken yet, the latest last.
    var skips: [Value] = []
    /// The values that blocks read of the timestep.
    var time = TimeValues()
    /// The convolutions of width 5 in order, and the forms that they have.
    var sites: [RoundingSite] = []
    var taken: [ConvolutionForm] = []
    /// What of the current block's rounding error is in the output.
    var influence = 1.0

    init(
        network: Network, shape: ForwardShape, geometry: kernel_geometry, accuracy: Accuracy, isa: ISA?,
        machine: MachineProfile, keepsIntermediates: Bool = false, forms: [Int] = []
    ) {
        self.network = network
        self.shape = shape
        self.geometry = geometry
        self.accuracy = accuracy
        self.isa = isa
        self.machine = machine
        self.keepsIntermediates = keepsIntermediates
        self.forms = forms
        modelWeightBytes = 4 * network.parameters
    }

    /// How operations are split.
    var tiling: Tiling { Tiling(sizes: machine.tiles) }

    // MARK: - Buffers

    /// Room for an activation, (length, batch, channels).
    mutating func newValue(batch: Int, length: Int, channels: Int) throws(PlanningError) -> Value {
        let rowStride = padded(channels)
        let (rows, overflow) = batch.multipliedReportingOverflow(by: length)
        let positionStride = Self.positionStride(batch: batch, rowStride: rowStride)
        let (floats, overflow2) = length.multipliedReportingOverflow(by: positionStride)
        guard !overflow, !overflow2, floats < 1 << 36 else {
            throw .size(name: "batch × length", found: rows, expected: "activations below 256 GiB each")
        }
        let buffer = newBuffer(floats: floats, positionStride: positionStride)
        return Value(
            buffer: buffer, channels: channels, rowStride: rowStride, positionStride: positionStride, batch: batch,
            length: length)
    }

    /// Floats from a position to the next. Positions of a large batch that lie a multiple of a kilobyte apart would meet in a
    /// few sets of the first cache level, and a tile goes down the positions of some elements: they are set off by a line. A
    /// small batch stays flat, so that register tiles can reach across positions.
    private static func positionStride(batch: Int, rowStride: Int) -> Int {
        let stride = batch.multipliedReportingOverflow(by: rowStride).partialValue
        return batch >= 16 && stride % 256 == 0 ? stride &+ channelBlock : stride
    }

    mutating func newBuffer(floats: Int, positionStride: Int = 0) -> Int {
        buffers.append(Buffer(floats: floats, positionStride: positionStride, first: .max, last: -1))
        return buffers.count - 1
    }

    /// Records the halo of `value`: the zero positions around it that its reader also reads.
    mutating func require(zeroPositionsBefore before: Int, behind: Int, around value: Value) {
        buffers[value.buffer].positionsBefore = max(buffers[value.buffer].positionsBefore, before)
        buffers[value.buffer].positionsBehind = max(buffers[value.buffer].positionsBehind, behind)
    }

    // MARK: - Weights

    /// A packed weight, an index into `weights`.
    mutating func packed(_ request: WeightRequest) -> PackedWeight {
        let index = weightIndices[request] ?? weights.count
        if index == weights.count {
            weights.append(request)
            weightIndices[request] = index
        }
        return PackedWeight(index: index, bytes: request.bytes)
    }

    /// The vector of one tensor, padded; of zeros where there is no tensor.
    mutating func vector(_ tensor: String?, count: Int) -> PackedWeight {
        packed(
            .vector(
                VectorRequest(
                    parts: tensor.map { [WeightPart(tensor: $0, outputs: count)] } ?? [], count: padded(count))))
    }

    // MARK: - Operations

    /// The properties of an operation besides its arguments.
    struct Step {
        var name: String
        var kind: OperationKind
        var inputShape: [Int]
        var outputShape: [Int]
        var tileCount: Int
        var multiplyAdds = 0
        /// Products of the chosen algorithm; nil: equal to `multiplyAdds`.
        var products: Int?
        var reason: String?
        /// Whether it may run with the operation before it: it reads nothing that one writes, and the other way round.
        var joinsPrevious = false
        /// The blocks that its tiles write, where something may follow them.
        var grid: TileGrid?
    }

    mutating func append(_ step: Step, _ call: KernelCall) {
        if !step.joinsPrevious || currentStage < 0 { currentStage += 1 }
        for buffer in call.reads { touch(buffer, at: currentStage) }
        var zeroes = false
        if let buffer = call.writes {
            zeroes = buffers[buffer].last < 0
            touch(buffer, at: currentStage)
        }
        operations.append(
            Operation(
                name: step.name, kind: step.kind, inputShape: step.inputShape, outputShape: step.outputShape,
                stage: currentStage, tileCount: step.tileCount, multiplyAdds: step.multiplyAdds,
                products: step.products ?? step.multiplyAdds, reason: step.reason, call: call,
                zeroesSurroundings: zeroes, grid: step.grid))
    }

    mutating func touch(_ buffer: Int, at stage: Int) {
        buffers[buffer].first = min(buffers[buffer].first, stage)
        buffers[buffer].last = max(buffers[buffer].last, stage)
    }
}

extension Value {
    /// (batch, length, channels).
    var shape: [Int] { [batch, length, channels] }
}
