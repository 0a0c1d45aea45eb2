import Checkpoint

/// The lengths of a sample that a model runs at: a walk over the blocks with lengths alone.
/// Source: diffusers 0.26.3, unet_1d_blocks.py, resnet.py.
struct LengthRule {
    let network: Network

    /// Where a length fails: at a block, for its own length, and its skip's where there is one.
    struct Failure: Error, Equatable {
        var block: String
        var length: Int
        var skipLength: Int?
    }

    /// The length of the output.
    ///
    /// - Throws: the first block that the reference would raise in, whatever the batch.
    func outputLength(of sampleLength: Int) throws(Failure) -> Int {
        var length = sampleLength
        var skips: [Int] = []
        for block in network.down {
            switch block.body {
            case .convolutions(let down, _):
                if down != nil { length = try halved(length, block.name) }
                skips.append(length)
            case .temporal(_, let downsample):
                skips.append(length)
                if downsample != nil { length = strided(length) }
            }
        }
        switch network.mid.body {
        case .convolutions: length = try doubled(try halved(length, network.mid.name), network.mid.name)
        case .temporal(let blocks): for (_, downsample) in blocks where downsample != nil { length = strided(length) }
        }
        for block in network.up {
            let skip = skips.popLast()
            guard skip == length else { throw Failure(block: block.name, length: length, skipLength: skip) }
            switch block.body {
            case .convolutions(_, let up): if up != nil { length = try doubled(length, block.name) }
            case .temporal(_, let upsample): if upsample != nil { length *= 2 }
            }
        }
        if case .value(_, _, _, let values) = network.out, length * channelsAtTheEnd != values {
            throw Failure(block: "out_block", length: length)
        }
        return length
    }

    private var channelsAtTheEnd: Int { network.up.last?.outputs ?? network.mid.outputs }

    /// How often the length is halved at most.
    private var halvings: Int {
        let mid =
            if case .temporal(let blocks) = network.mid.body { blocks.count { $0.downsample != nil } } else { 1 }
        return mid
            + network.down.count {
                switch $0.body {
                case .convolutions(let down, _): down != nil
                case .temporal(_, let downsample): downsample != nil
                }
            }
    }

    /// The lengths that run nearest to `length`, shortest first: one below and one above, or two above. Empty where no
    /// length runs; nil where that would take too long to tell.
    ///
    /// Halving rounds, so whether a length runs depends on its remainder by two to the power of the number of halvings,
    /// once it is long enough for every block; the lengths of a value head are bounded by its width. A range of eight such
    /// periods, or as many as the value head has values, holds a length that runs if there is one.
    /// - Complexity: O(lengths in that range × blocks), at most some 10⁷ steps.
    func nearestLengths(to length: Int) -> [Int]? {
        let periods = if case .value(_, _, _, let values) = network.out { max(8, values) } else { 8 }
        guard halvings < 20, (periods << halvings) < 1 << 21 else { return nil }
        let last = periods << halvings
        func runs(_ candidate: Int) -> Bool { (try? outputLength(of: candidate)) != nil }
        let above = Array((length...length + last).lazy.filter(runs).prefix(2))
        let below =
            stride(from: length - 1, to: max(0, length - 1 - last), by: -1).first(where: runs)
            ?? stride(from: min(length - 1, last), to: 0, by: -1).first(where: runs)
        return (below.map { [$0] } ?? []) + above.prefix(below == nil ? 2 : 1)
    }

    // MARK: - Layers

    /// FIR downsampling.
    private func halved(_ length: Int, _ block: String) throws(Failure) -> Int {
        guard length >= 4 else { throw Failure(block: block, length: length) }
        return length / 2
    }

    /// FIR upsampling.
    private func doubled(_ length: Int, _ block: String) throws(Failure) -> Int {
        guard length >= 3 else { throw Failure(block: block, length: length) }
        return 2 * length
    }

    /// The convolution of stride 2.
    private func strided(_ length: Int) -> Int { (length + 1) / 2 }
}

/// What to do about a length that does not run.
public enum LengthRemedy: Sendable, Hashable {
    /// Lengths near it that run.
    case take([Int])
    /// No length runs, as the lengths of blocks never meet, with the reason where it is known.
    case none(String)
    /// Lengths were not tried.
    case unknown
}

extension LengthRemedy: CustomStringConvertible {
    /// The end of a sentence about the length.
    public var description: String {
        switch self {
        case .take(let lengths):
            "take \(lengths.map(String.init).joined(separator: " or ")), the nearest that \(lengths.count == 1 ? "runs" : "run")"
        case .none(let reason):
            "no length of the sample runs\(reason.isEmpty ? "" : ": \(reason)"); change the block types in config.json"
        case .unknown: "take another length"
        }
    }
}

extension PlanBuilder {
    /// What to do about the sample's length, which does not run. For errors: may take milliseconds.
    var lengthRemedy: LengthRemedy {
        let rule = LengthRule(network: network)
        guard let lengths = rule.nearestLengths(to: shape.length) else { return .unknown }
        if !lengths.isEmpty { return .take(lengths) }
        if !network.up.isEmpty, let last = network.down.last, case .temporal(_, _?) = last.body {
            return .none("\(last.name) (DownResnetBlock1D) gives its skip before it downsamples, so the skip is longer")
        }
        return .none("the blocks halve and double lengths in another order than their skips need")
    }
}
