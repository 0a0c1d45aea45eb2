/// Why an implementation cannot be had.
public enum ImplementationError: Error, Equatable, Sendable {
    /// The machine lacks features that the instruction set needs; `available` is what it can run.
    case unavailable(isa: ISA, missing: [String], available: [ISA])
}

extension ImplementationError: CustomStringConvertible {
    /// Which instruction set, what the machine lacks and has, and the way out.
    public var description: String {
        switch self {
        case .unavailable(let isa, let missing, let available):
            let names = available.map(\.rawValue).joined(separator: ", ")
            return """
                instruction set \(isa.rawValue) is not available: this machine, or its operating system, lacks \
                \(missing.joined(separator: ", ")); it has \(names); use auto, or one of these
                """
        }
    }
}
