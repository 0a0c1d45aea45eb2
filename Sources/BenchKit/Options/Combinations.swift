/// What flags give where some have several values: every combination of them is a row of a sweep.
public struct Combinations: Sendable {
    /// One row.
    public struct Point: Sendable {
        /// The profile's name or file; nil: the built-in one.
        public let profile: String?
        /// All flags.
        public let settings: Settings
        /// The values of `parameters`.
        public let values: [String]
    }

    /// The flags that have several values, by name, in the order of columns; empty for a single row.
    public let parameters: [String]
    /// The rows; the last parameter changes first.
    public let points: [Point]

    /// The most rows.
    public static let mostRows = 1000

    /// All combinations.
    ///
    /// - Parameters:
    ///   - settings: the flags that have one value.
    ///   - profiles: a profile or several, as the flag has them.
    ///   - lists: what other flags give that may have several values.
    /// - Throws: `BenchError.option` for a text that is no list of values, or for more than `mostRows` rows.
    public init(
        _ settings: Settings, profiles: String?, lists: [(Setting, String)]
    ) throws(BenchError) {
        var points = [Point(profile: nil, settings: settings, values: [])]
        var parameters: [String] = []
        if let profiles {
            let names = try ValueList.values(profiles, name: "profile", hasRanges: false)
            if names.count > 1 { parameters.append("profile") }
            points = names.map { Point(profile: $0, settings: settings, values: names.count > 1 ? [$0] : []) }
        }
        for (setting, text) in lists {
            let values = try setting.values(text)
            let varies = values.count > 1
            if varies { parameters.append(setting.name) }
            if points.count * values.count > Self.mostRows {
                throw .option(
                    name: setting.name, found: text,
                    expected: "\(Self.mostRows) rows at most: the product of all lists is measured")
            }
            var next: [Point] = []
            for point in points {
                for value in values {
                    var settings = point.settings
                    try setting.set(value, in: &settings)
                    next.append(
                        Point(
                            profile: point.profile, settings: settings, values: point.values + (varies ? [value] : [])))
                }
            }
            points = next
        }
        self.parameters = parameters
        self.points = points
    }
}
