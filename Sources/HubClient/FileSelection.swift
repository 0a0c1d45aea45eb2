import Checkpoint

/// Which files of a repository a model needs: the pipeline's, the configuration, and weights, as they are looked for in a
/// folder on the disk.
struct FileSelection: Sendable {
    private let repository: String
    /// The model's folder with a slash at its end; empty: the repository itself.
    private let prefix: String
    private let names: Set<String>
    /// The file of weights, or the index that names them.
    let weights: String
    let weightsAreIndex: Bool
    /// What is needed besides shards.
    let files: [String]

    /// - Parameters:
    ///   - names: the repository's files.
    ///   - subfolder: the model's folder; nil: `unet`, then the repository itself.
    ///   - variant: which of several weights; nil: those without such a name.
    /// - Throws: `noModel`, `noWeights`.
    init(
        of names: [String], repository: String, subfolder: String?, variant: String?
    ) throws(HubError) {
        let all = Set(names)
        self.repository = repository
        self.names = all
        let folders = subfolder.map { [$0] } ?? ["unet", ""]
        guard let folder = folders.first(where: { all.contains(Self.prefix($0) + "config.json") }) else {
            let others = names.filter { $0.hasSuffix("/config.json") }.map { String($0.dropLast("/config.json".count)) }
            throw .noModel(repository: repository, folder: subfolder ?? "", others: others)
        }
        let prefix = Self.prefix(folder)
        self.prefix = prefix
        let candidates = WeightNames(variant: variant).candidates
        guard let found = candidates.first(where: { all.contains(prefix + $0.name) }) else {
            let beside = names.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
            throw .noWeights(
                repository: repository, folder: folder, variant: variant, variants: WeightNames.variants(among: beside))
        }
        weights = prefix + found.name
        weightsAreIndex = found.form.isIndex
        let pipeline = ["model_index.json", "scheduler/scheduler_config.json"].filter(all.contains)
        files = pipeline + [prefix + "config.json", weights]
    }

    /// The shards that an index names.
    ///
    /// - Throws: `file`, `unsafeName`, `noShard`.
    func shards(_ index: [UInt8]) throws(HubError) -> [String] {
        let index = try HubClient.files { () throws(CheckpointError) in try WeightIndex(index, file: weights) }
        var shards: [String] = []
        for shard in index.shards {
            guard HubName.isPath(shard) else { throw .unsafeName(source: weights, name: shard) }
            guard names.contains(prefix + shard) else {
                throw .noShard(repository: repository, index: weights, shard: shard)
            }
            shards.append(prefix + shard)
        }
        return shards
    }

    private static func prefix(_ folder: String) -> String { folder.isEmpty ? "" : folder + "/" }
}
