/// The unit in which people read times of forwards: microseconds where every median is below a millisecond.
enum LatencyUnit {
    case microseconds
    case milliseconds

    /// - Parameter medians: those of a table, in milliseconds.
    init(medians: [Double]) { self = medians.allSatisfy { $0 < 1 } ? .microseconds : .milliseconds }

    /// How it is printed.
    var name: String {
        switch self {
        case .microseconds: FieldUnit.microseconds.rawValue
        case .milliseconds: FieldUnit.milliseconds.rawValue
        }
    }

    /// The number alone, of milliseconds: tenths of a microsecond, or as `Figures` has milliseconds.
    func text(_ milliseconds: Double) -> String {
        switch self {
        case .microseconds: Figures.fixed(1000 * milliseconds, 1)
        case .milliseconds: Figures.milliseconds(milliseconds)
        }
    }
}

extension Statistics {
    /// How many forwards the percentiles of choice would need that there are too few for; nil where there are enough.
    var samplesNeeded: String? {
        let missing = chosen.map(\.percentile).filter { count < $0.samplesNeeded }
        guard let first = missing.first else { return nil }
        let others = missing.dropFirst().map { ", \($0.samplesNeeded) for \($0.label)" }
        return "99 % confidence needs \(first.samplesNeeded) forwards for \(first.label)" + others.joined()
    }
}
