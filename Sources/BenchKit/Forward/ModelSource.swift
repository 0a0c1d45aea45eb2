public import Checkpoint
public import UNet1D

/// Where a model comes from: a folder, or a configuration and a seed.
public enum ModelSource: Sendable {
    /// A checkpoint folder.
    case folder(String)
    /// Random weights.
    case seeded(UNet1DConfiguration, seed: UInt64)

    /// The folder.
    public var path: String? {
        if case .folder(let path) = self { path } else { nil }
    }

    /// Opens or makes the model. Blocks on the disk.
    ///
    /// - Throws: `BenchError.library`; `BenchError.option` for a folder without a name.
    public func load() throws(BenchError) -> UNet1DModel {
        try checkName()
        return try library { () throws(UNet1DError) in
            switch self {
            case .folder(let path): try UNet1DModel(directory: path)
            case .seeded(let configuration, let seed): try UNet1DModel(configuration: configuration, seed: seed)
            }
        }
    }

    /// What is known of a model without its weights.
    public struct Outline: Sendable {
        /// Its structure.
        package let network: Network
        /// What was ignored or odd, a sentence each.
        public let notes: [String]
    }

    /// Reads and checks the configuration alone: config.json, or what the profile says. Blocks on the disk.
    ///
    /// - Throws: `BenchError.file`; `BenchError.option` for a folder without a name.
    public func outline() throws(BenchError) -> Outline {
        try checkName()
        return try files { () throws(CheckpointError) in
            switch self {
            case .folder(let path):
                let read = try ModelDirectory(path).readConfiguration()
                return Outline(network: read.network, notes: read.notes)
            case .seeded(let configuration, _):
                return Outline(network: try Network(configuration), notes: [])
            }
        }
    }

    private func checkName() throws(BenchError) {
        if path == "" { throw .option(name: "model", found: "", expected: "a folder with config.json and weights") }
    }
}
