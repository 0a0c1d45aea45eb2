/// What values of a field look like in JSON, as its declaration tells: the schema of reports says the same.
public indirect enum FieldShape: Sendable, Equatable {
    /// Whatever the declaration makes of it.
    case any
    /// Yes or no.
    case bool
    /// A count.
    case integer
    /// A number. Where it is none, or infinite, JSON has null.
    case number
    /// A text.
    case string
    /// A list of such values.
    case list(FieldShape)
    /// Such a value, or null.
    case nullable(FieldShape)
    /// An object with these members. The name is that of a type, without its module; nil: of none.
    case object(name: String?, members: [Member])

    /// A member of an object.
    public struct Member: Sendable, Equatable {
        /// Its key.
        public let key: String
        /// Its value's shape.
        public let shape: FieldShape
    }
}

extension Reportable {
    /// Nothing is known of it.
    public static var shape: FieldShape { .any }
}

extension ReportRecord {
    /// An object of its fields.
    public static var shape: FieldShape {
        // `BenchKit.PlanReport.Buffer` without its module.
        let name = String(reflecting: Self.self).split(separator: ".").dropFirst().joined(separator: ".")
        return .object(name: name, members: fields.map(\.member))
    }
}
