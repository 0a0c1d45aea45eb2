/// How much of some bytes has come, as a line of text.
public struct ProgressBar: Sendable {
    /// The line.
    public let text: String

    private static let width = 24

    /// - Parameters:
    ///   - name: what is coming, of which the end is shown.
    ///   - done: bytes that have come.
    ///   - total: bytes that will have come; at least 1 is assumed.
    public init(_ name: String, done: Int, total: Int) {
        let share = min(1, max(0, Double(done) / Double(max(1, total))))
        let filled = Int(share * Double(Self.width))
        let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: Self.width - filled)
        text = "[\(bar)] \(Int(share * 100)) % of \(Self.megabytes(total)) MB, \(name.suffix(40))"
    }

    /// With one digit after the point.
    private static func megabytes(_ bytes: Int) -> String {
        let tenths = (max(0, bytes) + 50_000) / 100_000
        return "\(tenths / 10).\(tenths % 10)"
    }
}
