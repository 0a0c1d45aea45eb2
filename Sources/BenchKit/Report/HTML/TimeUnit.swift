/// The unit in which times of one size are read.
enum TimeUnit {
    case microseconds
    case milliseconds
    case seconds

    /// The unit for times about as long as `milliseconds`.
    init(_ milliseconds: Double) {
        self = milliseconds < 1 ? .microseconds : milliseconds < 1000 ? .milliseconds : .seconds
    }

    /// Its sign.
    var name: String {
        switch self {
        case .microseconds: "µs"
        case .milliseconds: "ms"
        case .seconds: "s"
        }
    }

    /// Units in a millisecond.
    var perMillisecond: Double {
        switch self {
        case .microseconds: 1000
        case .milliseconds: 1
        case .seconds: 0.001
        }
    }

    /// Three digits or so.
    func number(_ milliseconds: Double) -> String { Figures.short(milliseconds * perMillisecond) }

    /// A time in the unit that suits it.
    static func text(_ milliseconds: Double) -> String { TimeUnit(milliseconds).text(milliseconds) }

    /// The number with its unit.
    func text(_ milliseconds: Double) -> String { "\(number(milliseconds)) \(name)" }
}
