import ArgumentParser
import Glibc
import UNet1D

/// How long a model takes to load, packing for a shape included, how long a session of it takes beyond a pass over its pages, and
/// how much memory the process needs for both. Prints; judges nothing where no limits are given.
struct LoadGate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load", abstract: "Load, session and memory of a checkpoint, within limits.")

    @Argument(help: "The folder of a checkpoint.")
    var folder: String
    @Argument(help: "Positions.")
    var length: Int
    @Option(help: "The most seconds of the load.")
    var seconds = Double.infinity
    @Option(
        parsing: .unconditional, help: "The most milliseconds of a session beyond a pass over its pages.")
    var milliseconds = Double.infinity
    @Option(help: "The most memory, in checkpoints.")
    var checkpoints = Double.infinity

    func run() throws {
        let start = now()
        let model = try UNet1DModel(directory: folder)
        let shape = ForwardShape(batch: 1, length: length)
        try model.packWeights(for: try model.plan(shape))
        let load = now() - start
        let loaded = peakBytes()

        let pool = try WorkerPool(workers: min(2, Topology.current.usableCores))
        let begin = now()
        let session = try Session(model: model, shape: shape, pool: pool)
        let creation = now() - begin
        let pass = try passOverPages(session.memoryBytes)
        let peak = peakBytes()

        let file = try fileBytes(folder + "/diffusion_pytorch_model.safetensors")
        let beyond = 1000 * (creation - pass)
        print(
            "load: \(thousandths(load)) s; session \(thousandths(1000 * creation)) ms, \(thousandths(beyond)) ms beyond "
                + "a pass over its \(session.memoryBytes) bytes")
        print(
            "load: peak \(peak) bytes (\(loaded) before the session), \(thousandths(Double(peak) / Double(file))) of the "
                + "checkpoint's \(file)")
        if load > seconds { stop("load: it took more than \(seconds) s", status: 1) }
        if beyond > milliseconds { stop("load: the session took more than \(milliseconds) ms", status: 1) }
        if Double(peak) > checkpoints * Double(file) { stop("load: more than \(checkpoints) checkpoints", status: 1) }
    }

    /// Seconds to map so many bytes as a session does, and to touch every page.
    private func passOverPages(_ bytes: Int) throws -> Double {
        let start = now()
        guard let base = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            base != MAP_FAILED
        else { stop("load: no memory for a pass over pages") }
        madvise(base, bytes, MADV_HUGEPAGE)
        for offset in stride(from: 0, to: bytes, by: 4096) {
            base.storeBytes(of: 0, toByteOffset: offset, as: UInt8.self)
        }
        let time = now() - start
        munmap(base, bytes)
        return time
    }

    private func fileBytes(_ path: String) throws -> Int {
        var status = stat()
        guard stat(path, &status) == 0 else { stop("load: no file \(path)") }
        return Int(status.st_size)
    }

    private func thousandths(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}

/// The most bytes of memory that this process has had.
func peakBytes() -> Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024
}

/// Seconds of a clock.
func now(_ clock: clockid_t = CLOCK_MONOTONIC) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
