import ArgumentParser
import BenchKit
import Glibc

/// A failure as the command tells it: one line on standard error, and a status other than 0 and 1.
struct Failure {
    /// The exit status; 1 means that a comparison failed.
    static let status: Int32 = 2

    private let line: String

    init(_ error: any Error) {
        let message = (error as? BenchError)?.description ?? UNet1DBench.message(for: error)
        let words = message.split { $0.isNewline || $0 == "\t" }.map { $0.filter { !$0.isNewline } }
        // What ArgumentParser says of a word that is neither command nor flag, without a remedy.
        let remedy = message.hasPrefix("Unexpected argument") ? "; \(Self.words)" : ""
        line = "error: " + words.joined(separator: " ") + remedy + "\n"
    }

    /// How words are taken.
    private static let words = "--model names a model, --profile a workload; unet1d-bench --help lists the commands"

    /// Writes the line.
    func report() { _ = Descriptor.write(line, to: STDERR_FILENO) }
}
