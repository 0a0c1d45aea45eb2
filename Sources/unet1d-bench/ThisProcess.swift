import Glibc

/// What the system tells of this process.
enum ThisProcess {
    /// The program's path, links resolved; nil if the kernel does not tell.
    static var executable: String? {
        guard let path = realpath("/proc/self/exe", nil) else { return nil }
        defer { free(path) }
        return String(cString: path)
    }

    /// The environment variables that the command looks at.
    static var environment: [String: String] {
        guard let value = getenv("UNET1D_PROFILES") else { return [:] }
        return ["UNET1D_PROFILES": String(cString: value)]
    }
}
