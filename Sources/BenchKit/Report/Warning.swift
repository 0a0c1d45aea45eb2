/// Something that makes figures less trustworthy, and what to do about it.
public struct Warning: Sendable, Equatable {
    /// The problem.
    public var text: String
    /// What to do.
    public var advice: String
}

extension Warning: Reportable {
    /// Problem and advice in one line.
    public var fieldValue: FieldValue { "\(text); \(advice)".fieldValue }
}
