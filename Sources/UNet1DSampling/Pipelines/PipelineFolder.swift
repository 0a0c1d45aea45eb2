import Checkpoint
public import UNet1D

/// A folder that diffusers' pipelines are saved to: a model and a scheduler beside it.
public struct PipelineFolder: Sendable {
    /// The folder that holds the model.
    public let model: String
    /// The scheduler's configuration; nil where there is none.
    public let schedulerFile: String?

    /// Finds a pipeline. Blocks on the disk.
    ///
    /// - Parameters:
    ///   - what: whatever a model is opened from: a pipeline's folder, a repository in the hub's cache, a file of weights.
    ///   - lookup: which of the models there.
    /// - Throws: `UNet1DError.checkpoint` where there is no model.
    public init(_ what: String, lookup: ModelLookup = ModelLookup()) throws(UNet1DError) {
        do throws(CheckpointError) { model = try ModelDirectory(what, lookup: lookup).path } catch {
            throw .checkpoint(error)
        }
        // The scheduler lies beside the model's folder, or, of a model that was saved alone, in it.
        let places = Self.parents(of: model).map { $0 + "/scheduler" } + ["\(model)/scheduler", model]
        schedulerFile = places.map { $0 + "/scheduler_config.json" }.first { FileSystem.kind(of: $0) != nil }
    }

    /// The folder in which a folder's name stands, then the one in which it lies: of a link these differ.
    private static func parents(of folder: String) -> [String] {
        var parts = folder.split(separator: "/", omittingEmptySubsequences: false)
        while parts.count > 1, parts.last == "" { parts.removeLast() }
        let real = folder + "/.."
        guard let name = parts.popLast(), !["", ".", ".."].contains(name) else { return [real] }
        return [parts.isEmpty ? "." : parts.joined(separator: "/"), real]
    }

    /// The scheduler of the folder, or another of diffusers' classes with the folder's options.
    ///
    /// - Parameter name: a class of `Scheduler.names`; nil: the one that the folder names.
    /// - Throws: `SamplingError` with file, field and remedy.
    public func scheduler(as name: String? = nil) throws(SamplingError) -> Scheduler {
        if let schedulerFile {
            return try rethrowing(Scheduler(contentsOf: schedulerFile, as: name), as: SamplingError.scheduler)
        }
        guard let name else {
            throw .values(
                name: "scheduler", found: "no scheduler/scheduler_config.json beside \(model)",
                expected: "one of \(Scheduler.names.joined(separator: ", ")): name it")
        }
        return try rethrowing(Scheduler(named: name), as: SamplingError.scheduler)
    }
}

extension Scheduler {
    /// The scheduler of a file, of a pipeline, or of neither. Allocates, and blocks on the disk.
    ///
    /// - Parameters:
    ///   - what: a file whose name ends in .json, or whatever a model is opened from, with a scheduler beside it; nil: the
    ///     defaults of the class.
    ///   - name: a class of `names` to read it as; nil: the one that it names.
    /// - Throws: `SamplingError` with file, field and remedy.
    public init(of what: String?, as name: String? = nil) throws(SamplingError) {
        switch (what, name) {
        case (let what?, _) where what.hasSuffix(".json"):
            self = try rethrowing(Scheduler(contentsOf: what, as: name), as: SamplingError.scheduler)
        case (let what?, _):
            self = try rethrowing(PipelineFolder(what), as: SamplingError.model).scheduler(as: name)
        case (nil, let name?): self = try rethrowing(Scheduler(named: name), as: SamplingError.scheduler)
        case (nil, nil):
            throw .values(
                name: "scheduler", found: "neither a file nor a class",
                expected: "a file, a pipeline's folder, or one of \(Scheduler.names.joined(separator: ", "))")
        }
    }
}
