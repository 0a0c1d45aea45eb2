/// What a comparison says in words, for every format that people read.
enum ComparisonText {
    /// How sure intervals are.
    static let confidence = "\(Figures.fixed(100 * BlockBootstrap.confidence, 0)) %"

    /// Both ends of an interval.
    static func range(_ interval: Interval, _ digits: Int) -> String {
        guard interval.upper.isFinite else { return "unknown" }
        return "\(Figures.fixed(interval.lower, digits)) … \(Figures.fixed(interval.upper, digits))"
    }

    /// Milliseconds in a unit, with their sign.
    static func signed(_ milliseconds: Double, _ unit: LatencyUnit) -> String {
        let text = unit.text(milliseconds)
        return text.hasPrefix("-") ? text : "+" + text
    }

    /// What the verdict means; the run's name comes before it.
    static func sentence(_ run: ComparedSide) -> String {
        guard let difference = run.difference else { return "" }
        let change = percent(abs(difference.ratio.estimate - 1))
        return switch difference.verdict {
        case .faster: "is faster: its forwards take \(change) less"
        case .slower: "is slower: its forwards take \(change) more"
        case .unclear where !difference.smallestVisiblePercent.isFinite:
            "cannot be told from the base: so few forwards tell nothing of how much they vary"
        case .unclear:
            "cannot be told from the base: one that is less than "
                + "\(percent(difference.smallestVisiblePercent / 100)) slower or faster would look like this"
        case .same:
            "is the same, as far as can be seen: a difference below \(percent(difference.smallestVisiblePercent / 100)) could not have been seen"
        }
    }

    /// What is known of noise, and what it does to the interval.
    static func noise(_ noise: ComparisonNoise, interleaved: Bool) -> [String] {
        var lines = [
            "the level moved by \(percent(noise.baseDrift)) and \(percent(noise.otherDrift)) during the runs; "
                + (interleaved ? "turns put that on both alike" : "it may have moved as far between them")
        ]
        if let spread = noise.launchSpread {
            lines.append("launches differ by \(percent(spread)), which is in the interval")
        }
        if let difference = noise.assumedLaunchDifference {
            lines.append(
                "two launches of one build may differ by \(percent(difference)); "
                    + (interleaved
                        ? "--launches \(Shift.fewestLaunches) or more measure how much"
                        : "run --against measures how much, with several of each"))
        }
        if let ratio = noise.probeRatio {
            lines.append("the probe of the machine took \(Figures.fixed(ratio, 3)) times as long beside the second run")
        }
        if let cpus = pair(noise.otherCPUs, above: 0.05) {
            lines.append("other programs kept \(cpus) CPUs busy: stop them, or let the runs take turns: run --against")
        }
        if let cpus = pair(noise.stolenCPUs, above: 0.01) { lines.append("the hypervisor took \(cpus) CPUs away") }
        if noise.switchedOutShares.contains(where: { $0 > 0.01 }) {
            let shares = noise.switchedOutShares.map(percent).joined(separator: " and ")
            lines.append("a thread was switched out in \(shares) of the forwards")
        }
        return lines
    }

    /// Whether a limit was kept; nil where none was set.
    static func limit(_ comparison: Comparison) -> String? {
        comparison.slowerLimit.map {
            let limit = "\(Figures.short($0)) %"
            return comparison.failed
                ? "FAIL: slower by more than \(limit), even at the near end of the interval"
                : "ok: not shown to be slower by more than \(limit)" + blindness(comparison, limit: $0)
        }
    }

    /// A warning where runs vary so much that the limit could not fail; else nothing.
    private static func blindness(_ comparison: Comparison, limit: Double) -> String {
        let visible = comparison.others.compactMap(\.difference?.smallestVisiblePercent).max() ?? 0
        guard visible > max(limit, Difference.mostOfSame) else { return "" }
        return visible.isFinite
            ? "; but one below \(percent(visible / 100)) could not have been seen"
            : "; but nothing could have been seen"
    }

    static func percent(_ share: Double) -> String { "\(Figures.fixed(100 * share, 2)) %" }

    private static func pair(_ values: [Double?], above limit: Double) -> String? {
        guard values.contains(where: { ($0 ?? 0) > limit }) else { return nil }
        return values.map { $0.map { Figures.short($0) } ?? "unknown" }.joined(separator: " and ")
    }
}
