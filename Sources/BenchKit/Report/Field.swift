/// A figure of a report: its key, its unit and its value. Every format reads the same declaration.
public struct Field<Subject> {
    /// The key in JSON, and a column's name elsewhere.
    public let key: String
    /// The value's unit, or that of every number in it; nil for counts, shares, names and objects of several units.
    public let unit: FieldUnit?
    private let read: (Subject) -> FieldValue
    private let readShape: () -> FieldShape

    /// A field without a unit.
    public init<Value: Reportable>(_ key: String, _ read: @escaping (Subject) -> Value) { self.init(key, nil, read) }

    /// A field.
    public init<Value: Reportable>(_ key: String, _ unit: FieldUnit?, _ read: @escaping (Subject) -> Value) {
        self.key = key
        self.unit = unit
        self.read = { read($0).fieldValue }
        readShape = { Value.shape }
    }

    /// An object of several fields.
    public init(_ key: String, _ members: [Field]) {
        self.key = key
        unit = nil
        read = { subject in .object(members.values(of: subject)) }
        readShape = { .object(name: nil, members: members.map(\.member)) }
    }

    /// The field of a part, as one of the whole.
    fileprivate init<Part>(_ field: Field<Part>, of part: @escaping (Subject) -> Part) {
        key = field.key
        unit = field.unit
        read = { field.value(in: part($0)) }
        readShape = { field.shape }
    }

    /// The value in a report.
    public func value(in subject: Subject) -> FieldValue { read(subject) }

    /// What its values look like.
    public var shape: FieldShape { readShape() }

    /// Key and shape.
    var member: FieldShape.Member { FieldShape.Member(key: key, shape: shape) }
}

extension Array {
    /// Keys and values of fields.
    func values<Subject>(of subject: Subject) -> [(key: String, value: FieldValue)] where Element == Field<Subject> {
        map { ($0.key, $0.value(in: subject)) }
    }

    /// The fields of a part, as fields of the whole.
    func of<Part, Whole>(_ part: @escaping (Whole) -> Part) -> [Field<Whole>] where Element == Field<Part> {
        map { Field($0, of: part) }
    }
}

/// Units of figures; the raw value is how they are printed.
public enum FieldUnit: String, Sendable {
    /// 1e-6 s.
    case microseconds = "µs"
    /// 1e-3 s.
    case milliseconds = "ms"
    /// Seconds.
    case seconds = "s"
    /// Bytes.
    case bytes = "B"
    /// 1e9 operations a second; a multiply-add is two.
    case gflops = "GFLOP/s"
    /// 1e9 bytes a second.
    case gigabytesPerSecond = "GB/s"
}

/// A part of a report, or a whole one: an object whose members are declared once, in the order in which they are
/// written.
public protocol ReportRecord: Reportable {
    /// The members.
    static var fields: [Field<Self>] { get }
}

extension ReportRecord {
    /// The object.
    public var fieldValue: FieldValue { .object(Self.fields.values(of: self)) }
}
