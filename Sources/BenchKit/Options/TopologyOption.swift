import FoundationEssentials
import UNet1D

extension Topology {
    /// The machine that `--topology` names: `2x4` for nodes × cores of each, or a folder with the `sys` and `proc` of a
    /// machine, all of whose CPUs may be used. Blocks on the disk.
    ///
    /// - Throws: `BenchError.option`.
    init(option text: String) throws(BenchError) {
        let sizes = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        if sizes.count == 2, let nodes = sizes[0], let cores = sizes[1], 1...64 ~= nodes, 1...1024 ~= cores {
            self.init(nodes: nodes, coresEach: cores)
        } else if !text.isEmpty, FileManager.default.fileExists(atPath: text + "/sys/devices/system/cpu/online") {
            self.init(root: text, allowedCPUs: Array(0..<8192))
        } else {
            throw .option(
                name: "topology", found: text,
                expected: "nodes x cores of each, such as 2x4, or a folder with sys/devices/system/cpu/online in it")
        }
    }
}
