import Checkpoint

/// The lengths of a sample that a model runs at: a walk over the blocks with lengths alone.
/// Source: diffusers 0.26.3, unet_1d_blocks.py, resnet.py.
struct LengthRule {
    /// What the walk does to the length, in the order of the forward.
    private enum Step {
        /// FIR downsampling, which needs four positions.
        case halve
        /// FIR upsampling, which needs three positions.
        case double
        /// The convolution of stride 2, which rounds up.
        case stride
        /// The transposed convolution.
        case twice
        case pushSkip
        /// Joins the latest skip, which must be as long.
        case joinSkip
        /// A norm with one channel a group, which must have more than one value in all.
        case norm
        /// The batch becomes that of the timesteps.
        case time
        /// The value head, which needs a length.
        case end(length: Int)
    }

    private let steps: [Step]
    private let batch: Int
    private let timesteps: Int
    /// The most lengths that must be tried; nil: too many.
    private let range: Int?
    /// Whether the output must be as long as the sample, without which a robot policy's loop has no use of a length.
    private let mustComeBack: Bool

    init(network: Network, batch: Int, timesteps: Int) {
        var steps: [Step] = []
        func norm(_ norm: GroupNorm?) {
            if let norm, norm.channels == norm.groups { steps.append(.norm) }
        }
        func layers(_ layers: [ConvolutionLayer]) {
            for layer in layers {
                norm(layer.resnet.norm1)
                norm(layer.resnet.norm2)
                norm(layer.attention?.norm)
            }
        }
        func temporal(_ block: ResidualTemporalBlock1D) {
            norm(block.normIn)
            steps.append(.time)
            norm(block.normOut)
        }
        for block in network.down {
            switch block.body {
            case .convolutions(let down, let inner):
                if down != nil { steps.append(.halve) }
                layers(inner)
                steps.append(.pushSkip)
            case .temporal(let blocks, let downsample):
                blocks.forEach(temporal)
                steps.append(.pushSkip)
                if downsample != nil { steps.append(.stride) }
            }
        }
        switch network.mid.body {
        case .convolutions(_, let inner, _):
            steps.append(.halve)
            layers(inner)
            steps.append(.double)
        case .temporal(let blocks):
            for (block, downsample) in blocks {
                temporal(block)
                if downsample != nil { steps.append(.stride) }
            }
        }
        for block in network.up {
            steps.append(.joinSkip)
            switch block.body {
            case .convolutions(let inner, let up):
                layers(inner)
                if up != nil { steps.append(.double) }
            case .temporal(let blocks, let upsample):
                blocks.forEach(temporal)
                if upsample != nil { steps.append(.twice) }
            }
        }
        var periods = 8
        switch network.out {
        case .value(_, _, _, let values):
            steps.append(.end(length: values / (network.up.last?.outputs ?? network.mid.outputs)))
            periods = max(periods, values)
        case .convolutions(_, let outNorm, _, _): norm(outNorm)
        case nil: break
        }
        let halvings = steps.count {
            switch $0 {
            case .halve, .stride: true
            default: false
            }
        }
        self.steps = Self.withoutRepetitions(steps)
        self.batch = batch
        self.timesteps = timesteps
        mustComeBack = network.conditional != nil
        let isShort = halvings < 20 && periods << halvings < 1 << 21
        range = isShort && (periods << halvings) * self.steps.count < 1 << 23 ? periods << halvings : nil
    }

    /// The steps without those that ask again what an earlier one asked of the same length and batch.
    private static func withoutRepetitions(_ steps: [Step]) -> [Step] {
        var result: [Step] = []
        var (isNormKnown, isTimeKnown) = (false, false)
        for step in steps {
            switch step {
            case .norm:
                if isNormKnown { continue }
                isNormKnown = true
            case .time:
                if isTimeKnown { continue }
                (isNormKnown, isTimeKnown) = (false, true)
            case .halve, .double, .stride, .twice: isNormKnown = false
            case .pushSkip, .joinSkip, .end: break
            }
            result.append(step)
        }
        return result
    }

    /// The length of the output; nil where the reference would raise.
    func outputLength(of sampleLength: Int) -> Int? {
        var skips: [Int] = []
        return outputLength(of: sampleLength, skips: &skips)
    }

    /// - Parameter skips: memory for the lengths of skips, which many calls may share.
    private func outputLength(of sampleLength: Int, skips: inout [Int]) -> Int? {
        skips.removeAll(keepingCapacity: true)
        var (length, batch) = (sampleLength, batch)
        for step in steps {
            switch step {
            case .halve:
                if length < 4 { return nil }
                length /= 2
            case .double:
                if length < 3 { return nil }
                length *= 2
            case .stride: length = (length + 1) / 2
            case .twice: length *= 2
            case .pushSkip: skips.append(length)
            case .joinSkip: if skips.popLast() != length { return nil }
            case .norm: if batch * length == 1 { return nil }
            case .time: batch = max(batch, timesteps)
            case .end(let needed): if length != needed { return nil }
            }
        }
        return length
    }

    /// The lengths that run nearest to `length`, shortest first: one below and one above, or two above. Empty where no
    /// length runs; nil where that would take too long to tell.
    ///
    /// Halving rounds, so whether a length runs depends on its remainder by two to the power of the number of halvings,
    /// once it is long enough for every block; the lengths of a value head are bounded by its width. A range of eight
    /// such periods, or as many as the value head has values, holds a length that runs if there is one.
    /// - Complexity: O(lengths in that range × blocks), at most some 10⁷ steps.
    func nearestLengths(to length: Int) -> [Int]? {
        guard let range else { return nil }
        var skips: [Int] = []
        /// The first of some lengths that run.
        func first(_ count: Int, of lengths: some Sequence<Int>) -> [Int] {
            var found: [Int] = []
            for length in lengths {
                guard let output = outputLength(of: length, skips: &skips), !mustComeBack || output == length else {
                    continue
                }
                found.append(length)
                if found.count == count { break }
            }
            return found
        }
        var below = first(1, of: stride(from: length - 1, to: max(0, length - 1 - range), by: -1))
        if below.isEmpty, length - 1 > range { below = first(1, of: stride(from: range, to: 0, by: -1)) }
        return below + first(2 - below.count, of: length...length + range)
    }
}

/// What to do about a length that does not run.
public enum LengthRemedy: Sendable, Hashable {
    /// Lengths near it that run.
    case take([Int])
    /// No length runs; the reason, and what to change.
    case none(reason: String, remedy: String)
    /// The network halves lengths so often that they were not tried.
    case unknown
}

extension LengthRemedy: CustomStringConvertible {
    /// The end of a sentence about the length.
    public var description: String {
        switch self {
        case .take(let lengths):
            "take \(lengths.map(String.init).joined(separator: " or ")), the nearest that \(lengths.count == 1 ? "runs" : "run")"
        case .none(let reason, let remedy): "no length of the sample runs: \(reason); \(remedy)"
        case .unknown:
            """
            which lengths run was not searched, as the network halves them too often; use fewer levels, or a multiple of \
            two to the power of their number
            """
        }
    }
}

extension Lowering {
    /// What to do about the sample's length, which does not run. For errors: may take milliseconds.
    var lengthRemedy: LengthRemedy {
        let rule = LengthRule(network: network, batch: shape.batch, timesteps: shape.timesteps)
        guard let lengths = rule.nearestLengths(to: shape.length) else { return .unknown }
        return lengths.isEmpty ? .forAnyLength(of: network) : .take(lengths)
    }
}

extension LengthRemedy {
    /// Why a network runs at no length at all.
    package static func forAnyLength(of network: Network) -> LengthRemedy {
        let otherBlocks = "change the block types in config.json"
        if case .value(_, _, _, let values) = network.out {
            return .none(
                reason: "ValueFunction needs \(values) values, which the blocks before it never give",
                remedy: "use ValueFunctionMidBlock1D, or other block_out_channels")
        }
        if !network.up.isEmpty, let last = network.down.last, case .temporal(_, _?) = last.body {
            return .none(
                reason:
                    "\(last.name) (DownResnetBlock1D) gives its skip before it downsamples, so the skip is longer",
                remedy: otherBlocks)
        }
        return .none(
            reason: "the blocks halve and double lengths in another order than their skips need", remedy: otherBlocks)
    }
}
