/// Something that makes figures less trustworthy, and what to do about it.
public struct Warning: Sendable, Equatable {
    /// The problem.
    public var text: String
    /// What to do.
    public var advice: String
    /// What kind of problem it is.
    public var kind = Kind.other

    /// Kinds of problems, as far as a verdict tells them apart.
    public enum Kind: Sendable {
        /// The build is one for debugging.
        case build
        /// Too few forwards, or for too short a time.
        case extent
        /// Something that makes some forwards longer than others.
        case noise
        /// Anything else.
        case other
    }
}

extension Warning: Reportable {
    /// Problem and advice in one line.
    public var fieldValue: FieldValue { "\(text); \(advice)".fieldValue }

    /// A text.
    public static var shape: FieldShape { .string }
}
