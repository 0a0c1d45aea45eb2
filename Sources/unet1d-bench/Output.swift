import BenchKit
import Checkpoint
import Glibc

/// Where reports go.
enum Output {
    /// Writes a report to `file`, whole or not at all, or to standard output; in colour where that is a terminal that takes
    /// it.
    ///
    /// - Throws: `BenchError.file`, `BenchError.output`. A reader of standard output that went away is no error.
    static func write(
        _ report: some PrintedReport, as format: ReportFormat, to file: String?
    ) throws(BenchError) {
        let text = format.writer.text(report)
        let isPainted = format == .text && file == nil && ThisProcess.takesColour
        try write(isPainted ? TextColour.painted(text) : text, to: file)
    }

    /// Writes to `file`, whole or not at all, or to standard output.
    ///
    /// - Throws: `BenchError.file`, `BenchError.output`. A reader of standard output that went away is no error.
    static func write(_ text: String, to file: String?) throws(BenchError) {
        if let file {
            do throws(CheckpointError) { try AtomicFile.write(Array(text.utf8), to: file) } catch { throw .file(error) }
        } else if let code = Descriptor.write(text, to: STDOUT_FILENO), code != EPIPE {
            throw .output(reason: String(cString: strerror(code)))
        }
    }

    /// What a command is going to write.
    enum Content {
        /// A report: it replaces no weights, no configuration and no index.
        case report
        /// Tensors: they replace other tensors, but none beside a configuration, where a model's weights lie.
        case tensors
    }

    private static let configurations = ["config.json", "model_index.json", "scheduler_config.json"]

    /// Whether `content` in the place of `file` would destroy what looks like a file of a model.
    private static func isModelFile(_ file: String, for content: Content) -> Bool {
        guard access(file, F_OK) == 0 else { return false }
        let parts = file.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        if configurations.contains(parts[parts.count - 1]) { return true }
        let endings = [".safetensors", ".bin", ".ckpt", ".pt", ".pth", ".index.json"]
        guard endings.contains(where: file.hasSuffix) else { return false }
        switch content {
        case .report: return true
        case .tensors:
            let folder = parts.dropLast()
            return configurations.contains { access((folder + [$0]).joined(separator: "/"), F_OK) == 0 }
        }
    }

    /// Checks that the file of an option can be made or replaced, before the work that it is for.
    ///
    /// - Throws: `BenchError.file`; `BenchError.option` for no name, and for that of a model's file.
    static func check(_ file: String?, option: String = "output", for content: Content = .report) throws(BenchError) {
        guard let file else { return }
        if file.isEmpty { throw .option(name: option, found: "", expected: "a file") }
        if isModelFile(file, for: content) {
            throw .option(name: option, found: file, expected: "another name: a file of a model is there")
        }
        do throws(CheckpointError) { try AtomicFile.check(file) } catch { throw .file(error) }
    }
}
