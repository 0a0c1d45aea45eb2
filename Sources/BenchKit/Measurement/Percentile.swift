import Glibc

/// A percentile that reports give: what it is called, and how many samples it takes.
///
/// The greatest of n independent samples exceeds the quantile q with probability 1 − qⁿ, whatever their distribution: it
/// is then an upper bound on the quantile, at that confidence. Below the median the smallest sample bounds it likewise.
/// Source: Wilks, Determination of sample sizes for setting tolerance limits (1941); Hahn and Meeker, Statistical
/// Intervals (1991), chapter 5.
public struct Percentile: Sendable, Hashable {
    /// Above 0 and below 100, with at most four decimals.
    public let percent: Double

    /// What reports give where nobody chose: 50, 90, 99 and 99.9.
    public static let standard: [Percentile] = [50, 90, 99, 99.9].map { Percentile($0) }

    private static let confidence = 0.99

    private init(_ percent: Double) { self.percent = percent }

    /// Reads a number such as 99.99; nil where it is none, or not a percentile.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard 1...2 ~= parts.count, parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { 48...57 ~= $0 } }),
            parts.count == 1 || parts[1].count <= 4, let percent = Double(text), percent > 0, percent < 100
        else { return nil }
        self.percent = percent
    }

    /// The percentiles of a list such as `50,90,99.9`, in rising order, each once; the standard ones where there is none.
    ///
    /// - Throws: `BenchError.option`.
    static func list(_ text: String?) throws(BenchError) -> [Percentile] {
        guard let text else { return standard }
        var found: Set<Percentile> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let percentile = Percentile(part.filter { $0 != " " }) else {
                throw .option(
                    name: "percentiles", found: text,
                    expected: "numbers above 0 and below 100 with at most four decimals, such as 50,90,99.9,99.99")
            }
            found.insert(percentile)
        }
        return found.sorted { $0.percent < $1.percent }
    }

    /// As people read it: `p99.9`.
    public var label: String { "p" + digits.joined(separator: ".") }

    /// The key in JSON: its digits, two of them before the point, which is left out. 99.99 is `p9999`, 5 is `p05`.
    public var key: String { "p" + (digits[0].count == 1 ? "0" : "") + digits.joined() }

    /// The digits before the point, and those after it where there are any.
    private var digits: [Substring] {
        let parts = "\(percent)".split(separator: ".")
        return parts.count == 2 && parts[1] != "0" ? parts : [parts[0]]
    }

    /// The least number of samples with which it is given. `p99` and `p999` have fixed ones, and the median is always
    /// given; all others need 99 % confidence.
    public var leastSamples: Int {
        switch percent {
        case 50: 1
        case 99: 200
        case 99.9: 5000
        default: samplesForConfidence
        }
    }

    /// The least number of samples with which it is given at 99 % confidence.
    public var samplesNeeded: Int { max(leastSamples, samplesForConfidence) }

    /// The least n with 1 − qⁿ ≥ 0.99.
    private var samplesForConfidence: Int {
        let quantile = max(percent, 100 - percent) / 100
        return Int((log(1 - Self.confidence) / log(quantile)).rounded(.up))
    }
}

extension Percentile: ReportRecord {
    /// What was chosen, and what it takes.
    public static var fields: [Field<Percentile>] {
        [Field("percent", \.percent), Field("key", \.key), Field("samples_needed", \.samplesNeeded)]
    }
}
