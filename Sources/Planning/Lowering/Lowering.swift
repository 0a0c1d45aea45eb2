import Checkpoint
import KernelArguments

/// Lowers blocks to a list of equations. Each method that returns a `Value` appends the equations that compute it.
struct Lowering {
    let network: Network
    let shape: ForwardShape
    private(set) var lines: [Line] = []
    private var valueCount = 0
    /// Skips that no up block has taken yet, the latest last.
    var skips: [Value] = [] { didSet { kept.formUnion(skips.map(\.buffer)) } }
    /// Values that the network keeps under a name, whoever reads them: nothing is written over these.
    var kept: Set<Int> = []
    /// The values that blocks read of the timestep.
    var time = TimeValues()
    /// How many of the lines depend on the observation alone, and how many of those and the next on the timestep alone.
    var (observationLines, stepLines) = (0, 0)
    /// What the projections of the observation give, and the local condition as rows: they last from forward to forward.
    var (observed, localRows): (Value?, Value?)
    /// What the first level adds to its first block's result, until it has taken it.
    var localFeatures: Value?
    /// What of the current block's rounding error is in the output.
    var influence = 1.0
    /// Up blocks that a short forward computes, counted from the output; nil: there are no short forwards.
    let shortLevels: Int?
    /// What the first of these takes from below.
    var deep: Value?

    init(_ network: Network, _ shape: ForwardShape, shortLevels: Int? = nil) {
        self.network = network
        self.shape = shape
        self.shortLevels = shortLevels
    }

    mutating func append(_ equation: some Equation) { lines.append(Line(equation: equation)) }

    mutating func replace(_ index: Int, by equation: some Equation) { lines[index].equation = equation }

    /// A value, (length, batch, channels), that some equation will give.
    mutating func newValue(batch: Int, length: Int, channels: Int) throws(PlanningError) -> Value {
        let rowStride = padded(channels)
        let (rows, overflow) = batch.multipliedReportingOverflow(by: length)
        let positionStride = Self.positionStride(batch: batch, rowStride: rowStride)
        let (floats, overflow2) = length.multipliedReportingOverflow(by: positionStride)
        guard !overflow, !overflow2, floats < 1 << 36 else {
            throw .size(name: "batch × length", found: rows, expected: "activations below 256 GiB each")
        }
        defer { valueCount += 1 }
        return Value(
            buffer: valueCount, channels: channels, rowStride: rowStride, positionStride: positionStride, batch: batch,
            length: length)
    }

    /// Floats from a position to the next. Positions of a large batch that lie a multiple of a kilobyte apart would
    /// meet in a few sets of the first cache level, and a tile goes down the positions of some elements: they are set
    /// off by a line. A small batch stays flat, so that register tiles can reach across positions.
    private static func positionStride(batch: Int, rowStride: Int) -> Int {
        let stride = batch.multipliedReportingOverflow(by: rowStride).partialValue
        return batch >= 16 && stride % 256 == 0 ? stride &+ channelBlock : stride
    }
}
