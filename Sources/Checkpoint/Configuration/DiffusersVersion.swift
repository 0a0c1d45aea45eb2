/// The version of diffusers that wrote a configuration, from `_diffusers_version`: what decides between rules that
/// changed from one version to another.
public struct DiffusersVersion: Sendable, Hashable {
    /// The first number.
    public let major: Int
    /// The second number.
    public let minor: Int
    /// What follows them, for instance `.3`. It takes no part in comparisons.
    private let rest: String

    /// `MidResTemporalBlock1D` applies its downsampling from this version on; earlier ones raise.
    static let midDownsamplingRuns = DiffusersVersion(0, 32)
    /// The Fourier embedding has `time_embedding_dim`, or twice the first width, from this version on; earlier ones have
    /// 16 values whatever the configuration says.
    static let fourierWidthIsDerived = DiffusersVersion(0, 36)

    /// The version that this library follows: the one of the reference.
    static let reference = DiffusersVersion(0, 26, rest: ".3")

    /// The version with these numbers.
    public init(_ major: Int, _ minor: Int) { self.init(major, minor, rest: ".0") }

    private init(_ major: Int, _ minor: Int, rest: String) {
        self.major = major
        self.minor = minor
        self.rest = rest
    }

    /// Reads a text such as `0.26.3` or `0.40.0.dev0`; nil where it does not begin with two numbers.
    public init?(_ text: String) {
        let parts = text.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count >= 2, let major = Int(parts[0]), let minor = Int(parts[1]), major >= 0, minor >= 0 else {
            return nil
        }
        self.init(major, minor, rest: parts.count > 2 ? ".\(parts[2])" : "")
    }

    /// The version in full, for instance `0.26.3`.
    public var text: String { "\(major).\(minor)\(rest)" }
}

extension DiffusersVersion: Comparable, CustomStringConvertible {
    /// Whether both numbers are equal.
    public static func == (a: DiffusersVersion, b: DiffusersVersion) -> Bool {
        (a.major, a.minor) == (b.major, b.minor)
    }

    /// Hashes both numbers.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(major)
        hasher.combine(minor)
    }

    /// Orders by the first number, then by the second.
    public static func < (a: DiffusersVersion, b: DiffusersVersion) -> Bool {
        (a.major, a.minor) < (b.major, b.minor)
    }

    /// For instance `0.36`.
    public var description: String { "\(major).\(minor)" }
}
