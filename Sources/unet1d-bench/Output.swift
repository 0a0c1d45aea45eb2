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

    /// Whether there is a file of that name which looks like one of a model: weights, an index of them, a configuration.
    private static func isModelFile(_ file: String) -> Bool {
        let name = file.split(separator: "/").last.map(String.init) ?? ""
        let endings = [".safetensors", ".bin", ".ckpt", ".pt", ".pth", ".index.json"]
        let names = ["config.json", "model_index.json", "scheduler_config.json"]
        return (names.contains(name) || endings.contains(where: name.hasSuffix)) && access(file, F_OK) == 0
    }

    /// Checks that the file of an option can be made or replaced, before the work that it is for.
    ///
    /// - Throws: `BenchError.file`; `BenchError.option` for no name, and for that of a model's file.
    static func check(_ file: String?, option: String = "output") throws(BenchError) {
        guard let file else { return }
        if file.isEmpty { throw .option(name: option, found: "", expected: "a file") }
        if isModelFile(file) {
            throw .option(name: option, found: file, expected: "another name: a file of a model is there")
        }
        do throws(CheckpointError) { try AtomicFile.check(file) } catch { throw .file(error) }
    }
}
