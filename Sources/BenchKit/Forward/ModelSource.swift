public import Checkpoint
public import UNet1D

/// Where a model comes from: a checkpoint, or a configuration and a seed.
public enum ModelSource: Sendable {
    /// A folder, a repository in the hub's cache or a file of weights, and which of the models there.
    case checkpoint(String, ModelLookup)
    /// Random weights.
    case seeded(ModelFamily, seed: UInt64)

    /// What the checkpoint was named by.
    public var path: String? {
        if case .checkpoint(let what, _) = self { what } else { nil }
    }

    /// Opens or makes the model. Blocks on the disk.
    ///
    /// - Throws: `BenchError.library`; `BenchError.option` for a checkpoint without a name.
    public func load() throws(BenchError) -> UNet1DModel {
        try checkName()
        return try library { () throws(UNet1DError) in
            switch self {
            case .checkpoint(let what, let lookup): try UNet1DModel(directory: what, lookup: lookup)
            case .seeded(let family, let seed): try UNet1DModel(family: family, seed: seed)
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
    /// - Throws: `BenchError.file`; `BenchError.option` for a checkpoint without a name.
    public func outline() throws(BenchError) -> Outline {
        try checkName()
        return try files { () throws(CheckpointError) in
            switch self {
            case .checkpoint(let what, let lookup):
                let read = try ModelDirectory(what, lookup: lookup).readConfiguration()
                return Outline(network: read.network, notes: read.notes)
            case .seeded(let family, _): return Outline(network: try family.network(), notes: [])
            }
        }
    }

    private func checkName() throws(BenchError) {
        if path == "" {
            throw .option(name: "model", found: "", expected: "a model's folder, repository or file of weights")
        }
        if let path, path.hasSuffix("config.json") {
            throw .option(name: "model", found: path, expected: "the folder that it is in, or a file of weights")
        }
    }
}

extension ModelLookup {
    /// What was given, under the names of the flags.
    var given: [(name: String, value: String)] {
        [("revision", revision), ("subfolder", subfolder), ("variant", variant), ("config", configuration)]
            .compactMap { name, value in value.map { (name, $0) } }
    }
}
