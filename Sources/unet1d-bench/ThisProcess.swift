import Glibc

/// What the system tells of this process.
enum ThisProcess {
    /// The program's path, links resolved; nil if the kernel does not tell.
    static var executable: String? {
        guard let path = realpath("/proc/self/exe", nil) else { return nil }
        defer { free(path) }
        return String(cString: path)
    }

    /// Whether standard output is a terminal that colour is welcome on. Source: no-color.org.
    static var takesColour: Bool {
        func value(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }
        return isatty(STDOUT_FILENO) == 1 && value("NO_COLOR").isEmpty && !["", "dumb"].contains(value("TERM"))
    }

    /// The environment variables that the command looks at.
    static var environment: [String: String] {
        guard let value = getenv("UNET1D_PROFILES") else { return [:] }
        return ["UNET1D_PROFILES": String(cString: value)]
    }
}
