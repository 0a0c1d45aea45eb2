import CKernels
import Checkpoint
import KernelArguments
import KernelDispatch

/// The pass that makes operations of equations: each gets tiles, a stage, and operands in buffers.
struct OperationBuilder {
    let geometry: kernel_geometry
    let tiling: Tiling
    /// Whether every value that can be requested keeps a buffer of its own.
    let keepsIntermediates: Bool
    private let implementation: Implementation
    private let precision: Precision

    private(set) var buffers: [Buffer] = []
    private(set) var operations: [Plan.Operation] = []
    private(set) var weights: [WeightRequest] = []
    private var weightIndices: [WeightRequest: Int] = [:]
    /// The buffer of each value.
    private var places: [Int: Int] = [:]
    /// Buffers that some operation writes.
    private var written: Set<Int> = []
    /// The latest operation that writes each buffer, its epilogue included.
    private(set) var latestWriters: [Int: Int] = [:]
    /// The latest operation that reads each buffer, its epilogue included.
    private(set) var latestReaders: [Int: Int] = [:]
    /// Where `Session` writes the timesteps.
    var timesteps: Int?
    /// The moments of norms, which their gradients read, by the value that the norm gives.
    var moments: [Int: NormPartials] = [:]

    /// What the operations that come now depend on.
    private(set) var phase = Phase.sample

    /// - Parameters:
    ///   - observationLines: how many of the lines depend on the observation alone.
    ///   - stepLines: how many depend on the observation alone, or on the timestep alone.
    init(
        _ lines: [Line], observationLines: Int = 0, stepLines: Int = 0, implementation: Implementation,
        sizes: MachineProfile.TileSizes, precision: Precision = .f32, keepsIntermediates: Bool
    ) {
        geometry = implementation.table.geometry
        self.implementation = implementation
        tiling = Tiling(sizes: sizes)
        self.keepsIntermediates = keepsIntermediates
        self.precision = precision
        for (index, line) in lines.enumerated() {
            phase = index < observationLines ? .observation : index < stepLines ? .step : .sample
            line.equation.build(line.hints, in: &self)
        }
    }

    // MARK: - Buffers

    /// A value in its buffer.
    func placed(_ value: Value) -> Value {
        guard let buffer = places[value.buffer] else {
            preconditionFailure("v\(value.buffer) is read before it is there")
        }
        var value = value
        value.buffer = buffer
        return value
    }

    /// A value in a buffer of its own, or over another value.
    mutating func allocated(_ value: Value, over other: Value? = nil) -> Value {
        places[value.buffer] =
            other?.buffer
            ?? newBuffer(floats: value.length * value.positionStride, positionStride: value.positionStride)
        return placed(value)
    }

    /// Whether nothing of the latest operation's stage touches a value.
    func isUntouched(_ value: Value) -> Bool {
        operations.reversed().prefix { $0.stage == operations.last?.stage }
            .allSatisfy { !$0.buffers.contains(value.buffer) }
    }

    mutating func newBuffer(floats: Int, positionStride: Int = 0) -> Int {
        buffers.append(Buffer(floats: floats, positionStride: positionStride))
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

    /// What a matrix of the operations that come now is packed as.
    func element(of matrix: MatrixRequest) -> WeightElement {
        isComputedOnce ? .f32 : precision.element(implementation, count: matrix.columns * matrix.inputs * matrix.taps)
    }

    /// Whether the operations that come now multiply activations with one another in bfloat16.
    var multipliesBFloat: Bool { !isComputedOnce && precision.element(implementation) == .bf16Pairs }

    /// What a denoising loop computes once stays in float32 with `bf16`.
    private var isComputedOnce: Bool { precision == .bf16 && phase != .sample }

    /// A matrix for the convolution kernel, of the elements that it has here.
    mutating func packed(_ matrix: MatrixRequest) -> PackedWeight { packed(.matrix(stored(matrix))) }

    /// A matrix with the elements that it has here.
    func stored(_ matrix: MatrixRequest) -> MatrixRequest {
        var matrix = matrix
        matrix.element = element(of: matrix)
        return matrix
    }

    /// A matrix that is transformed before it is packed: where bfloat16 is multiplied it has not been rounded before.
    func transformed(_ matrix: MatrixRequest) -> MatrixRequest { precision == .bf16 ? matrix : stored(matrix) }

    /// The vector of one tensor, padded; of zeros where there is no tensor.
    mutating func vector(_ tensor: String?, count: Int) -> PackedWeight {
        packed(
            .vector(
                VectorRequest(
                    parts: tensor.map { [WeightPart(tensor: $0, outputs: count)] } ?? [], count: padded(count))))
    }

    // MARK: - Operations

    mutating func append(_ step: Step, _ call: KernelCall) {
        let latest = operations.last?.stage
        operations.append(
            Plan.Operation(
                name: step.name, kind: step.kind, inputShape: step.inputShape, outputShape: step.outputShape,
                stage: latest.map { step.joinsPrevious ? $0 : $0 + 1 } ?? 0, tileCount: step.tileCount,
                multiplyAdds: step.multiplyAdds,
                products: step.products ?? step.multiplyAdds, reason: step.reason, phase: phase, call: call,
                zeroesSurroundings: isFirstToWrite(call), grid: step.grid))
        note(call, of: operations.count - 1)
    }

    /// Lets `follower` follow an operation.
    mutating func follow(_ producer: Int, _ follower: Follower) {
        var follower = follower
        follower.zeroesSurroundings = isFirstToWrite(follower.call)
        operations[producer].follower = follower
        note(follower.call, of: producer)
    }

    /// Notes what a call of an operation reads and writes.
    private mutating func note(_ call: KernelCall, of operation: Int) {
        for operand in call.operands {
            guard let buffer = operand.buffer else { continue }
            switch operand.access {
            case .written: latestWriters[buffer] = max(operation, latestWriters[buffer] ?? 0)
            case .read: latestReaders[buffer] = max(operation, latestReaders[buffer] ?? 0)
            }
        }
    }

    /// Whether a call is the first that writes its result's buffer. Each call is asked about once.
    mutating func isFirstToWrite(_ call: KernelCall) -> Bool {
        call.writes.map { written.insert($0).inserted } ?? false
    }
}

extension Value {
    /// (batch, length, channels).
    var shape: [Int] { [batch, length, channels] }
}
