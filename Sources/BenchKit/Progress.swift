import Glibc
import Synchronization

/// What is going on, on standard error, where that is a terminal. Overwrites its line.
public final class Progress: Sendable {
    private let shown: Bool
    private let heading = Mutex("")

    /// - Parameter quiet: never shows anything.
    public init(quiet: Bool) { shown = !quiet && isatty(STDERR_FILENO) == 1 }

    /// Shows a step in place of the one before it.
    public func say(_ step: String) {
        guard shown else { return }
        put("\r\u{1B}[K\(heading.withLock { $0 })\(step) …")
    }

    /// What stands before every step from now on.
    func head(_ text: String) { heading.withLock { $0 = text } }

    /// Shows a bar in place of the step before it.
    public func show(_ bar: ProgressBar) {
        guard shown else { return }
        put("\r\u{1B}[K\(bar.text)")
    }

    /// Whether steps are shown at all.
    var isShown: Bool { shown }

    /// Clears the line.
    public func clear() {
        if shown { put("\r\u{1B}[K") }
    }

    private func put(_ text: String) {
        var text = text
        text.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
