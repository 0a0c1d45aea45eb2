/// Why memory could not be had.
public enum ArenaError: Error, Equatable, CustomStringConvertible {
    /// The system refused a mapping of so many bytes, with an error number of <errno.h>.
    case mapping(bytes: Int, errorNumber: Int32)
    /// The number of bytes asked for is negative, or too large once rounded up to pages.
    case size(bytes: Int)

    /// A sentence that names the bytes asked for and what to do.
    public var description: String {
        switch self {
        case .mapping(let bytes, let errorNumber):
            "the system refused to map \(bytes) bytes (error number \(errorNumber)): free memory, raise the limit "
                + "(ulimit -v, the control group's memory.max), or ask for a smaller batch or length"
        case .size(let bytes):
            "\(bytes) bytes cannot be mapped: ask for 0 or more, and for less than the address space"
        }
    }
}
