import Checkpoint
import Memory
import UNet1D
import Workers

/// Memory that this process may still take.
public enum AvailableMemory {
    /// Bytes that can be had without swapping; nil if unknown.
    public static func bytes(root: String = "") -> Int? { FreeMemory.bytes(root: root) }

    /// Checks that a session of `plan`, its weights, sample and output fit.
    ///
    /// - Parameters:
    ///   - weightCopies: nodes that have the weights.
    ///   - probes: whether a probe with an arena of its own alternates with the forwards.
    /// - Throws: `BenchError.memory`.
    static func check(
        _ plan: Plan, workers: Int, weightCopies: Int = 1, probes: Bool = false, subject: String,
        available: Int? = bytes()
    ) throws(BenchError) {
        guard let available else { return }
        let ends = (plan.sampleCount + plan.outputCount) * MemoryLayout<Float>.stride
        let arenas = plan.arenaBytes * (probes ? 2 : 1)
        let needed = arenas + plan.weightBytes * weightCopies + workers * plan.scratchBytesPerWorker + ends
        if needed > available { throw .memory(needed: needed, available: available, subject: subject) }
    }

    /// A system file's text; empty where there is none.
    static func read(_ path: String) -> String {
        SystemText.read(path) ?? ""
    }
}
