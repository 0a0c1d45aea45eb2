/// Why memory could not be had.
public enum MemoryError: Error, Equatable, CustomStringConvertible {
    /// The system refused a mapping of `bytes` bytes, with an error number of <errno.h>.
    case mapping(bytes: Int, errorNumber: Int32)
    /// The requested number of bytes is negative, or too large once rounded up to pages.
    case size(bytes: Int)
    /// A caller's memory holds fewer bytes than are needed.
    case tooSmall(bytes: Int, expected: Int)
    /// A caller's memory does not begin at a multiple of the required alignment.
    case misaligned(address: UInt, expected: Int)
    /// A folder in which processes were to share memory is not safe to do so in, or cannot be had.
    case sharedFolder(path: String, found: String, expected: String)

    /// A sentence that names what was found, what was expected, and what to do.
    public var description: String { description(for: "", or: "ask for a smaller batch or length") }

    /// The sentence of `description` for a mapping with a `purpose`, which need not be as large if the reader does
    /// what `remedy` says.
    package func description(for purpose: String, or remedy: String) -> String {
        switch self {
        case .mapping(let bytes, let errorNumber):
            "the system refused to map \(bytes) bytes\(purpose) (error number \(errorNumber)): free memory, raise the limit "
                + "(ulimit -v, the control group's memory.max), or \(remedy)"
        case .size(let bytes):
            "\(bytes) bytes cannot be mapped: ask for 0 or more, and for less than the address space"
        case .tooSmall(let bytes, let expected):
            "the arena holds \(bytes) bytes, expected \(expected) or more: pass as many as the largest "
                + "arenaBytes of the plans, or pass none"
        case .misaligned(let address, let expected):
            "the arena begins at 0x\(String(address, radix: 16)), expected a multiple of \(expected) bytes: "
                + "allocate it with that alignment, or pass none"
        case .sharedFolder(let path, let found, let expected):
            "\(path): found \(found), expected \(expected): name another folder for shared weights, or none"
        }
    }
}
