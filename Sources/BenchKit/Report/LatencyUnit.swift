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
