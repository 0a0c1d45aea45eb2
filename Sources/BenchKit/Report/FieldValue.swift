/// What a field of a report holds: a plain value, a list, or an object with its members in order.
public indirect enum FieldValue: Sendable {
    /// Not known, or not there.
    case null
    /// Yes or no.
    case bool(Bool)
    /// A count.
    case integer(Int)
    /// A number; formats without NaN and infinities write these as null.
    case number(Double)
    /// A text.
    case string(String)
    /// A list.
    case array([FieldValue])
    /// Members in the order given.
    case object([(key: String, value: FieldValue)])
}

/// A type whose values a report may hold.
public protocol Reportable {
    /// The value as every format reads it.
    var fieldValue: FieldValue { get }
    /// What such values look like.
    static var shape: FieldShape { get }
}

extension FieldValue: Reportable {
    /// The value itself.
    public var fieldValue: FieldValue { self }
}

extension Bool: Reportable {
    /// Yes or no.
    public var fieldValue: FieldValue { .bool(self) }

    /// Yes or no.
    public static var shape: FieldShape { .bool }
}

extension Int: Reportable {
    /// A count.
    public var fieldValue: FieldValue { .integer(self) }

    /// A count.
    public static var shape: FieldShape { .integer }
}

extension Int32: Reportable {
    /// A count, or an error number.
    public var fieldValue: FieldValue { .integer(Int(self)) }

    /// A count.
    public static var shape: FieldShape { .integer }
}

extension Double: Reportable {
    /// A number.
    public var fieldValue: FieldValue { .number(self) }

    /// A number.
    public static var shape: FieldShape { .number }
}

extension String: Reportable {
    /// A text.
    public var fieldValue: FieldValue { .string(self) }

    /// A text.
    public static var shape: FieldShape { .string }
}

extension Optional: Reportable where Wrapped: Reportable {
    /// The value, or null.
    public var fieldValue: FieldValue { map(\.fieldValue) ?? .null }

    /// The value, or null.
    public static var shape: FieldShape { .nullable(Wrapped.shape) }
}

extension Array: Reportable where Element: Reportable {
    /// A list.
    public var fieldValue: FieldValue { .array(map(\.fieldValue)) }

    /// A list.
    public static var shape: FieldShape { .list(Element.shape) }
}
