import Checkpoint
import Memory
import Planning

// Models of a configuration's text, without a file.

extension UNet1DModel {
    /// A model of the text of a config.json and of tensors in memory, which it borrows. Checks every tensor's name and shape as
    /// for a folder; a prefix that all names have, such as `module.`, is removed with a note. Copies names and shapes, and
    /// reads no elements yet: packing and saving read them. Allocates.
    ///
    /// ```swift
    /// let frequencies = UnsafeMutableRawBufferPointer.allocate(byteCount: 32, alignment: 64)
    /// let tensors = [
    ///     BorrowedTensor(
    ///         name: "time_proj.weight", elementType: .f32, shape: [8], bytes: UnsafeRawBufferPointer(frequencies)),
    ///     // … and all others
    /// ]
    /// let model = try UNet1DModel(configurationJSON: "{}", tensors: tensors)
    /// ```
    ///
    /// The tensors' memory stays the caller's: it must be there, and nobody may write to it, as long as the model lives, or a
    /// session, a sampler or anything else that was made with it.
    ///
    /// - Parameters:
    ///   - configurationJSON: of either family, or of a LeRobot policy of type "diffusion"; at most 1 MiB.
    ///   - tensors: under the names of the family, in any order.
    /// - Throws: `UNet1DError.checkpoint`. Errors and notes call the arguments `configuration` and `tensors`.
    public convenience init(configurationJSON: String, tensors: [BorrowedTensor]) throws(UNet1DError) {
        self.init(
            try rethrowing(
                ModelFiles(configuration: Array(configurationJSON.utf8), tensors: tensors), as: UNet1DError.checkpoint))
    }

    /// A model of the text of a config.json with seeded random weights. Allocates.
    ///
    /// - Parameters:
    ///   - configurationJSON: of either family, or of a LeRobot policy of type "diffusion"; at most 1 MiB.
    ///   - seed: decides the numbers.
    ///   - initialisation: the distributions: for measuring, activations near unit variance; `pytorch`: those with which
    ///     PyTorch begins.
    /// - Throws: `UNet1DError.checkpoint`, which calls the text `configuration`.
    public convenience init(
        configurationJSON: String, seed: UInt64 = UNet1DModel.defaultSeed, initialisation: Initialisation = .balanced
    ) throws(UNet1DError) {
        let (model, json) = try rethrowing(
            ModelConfiguration.parse(Array(configurationJSON.utf8)), as: UNet1DError.checkpoint)
        self.init(
            network: model.network, notes: model.notes, json: json,
            source: SeededSource(model.network.tensors, seed: seed, initialisation: initialisation))
    }

    /// The configuration as the text of the config.json that ``save(to:dtype:maxShardBytes:variant:)`` writes: every field, and
    /// `_class_name`, of either family. Allocates.
    public var configurationJSON: String { network.savedConfiguration(keeping: json).json.text() }

    /// A model whose configuration and weights were checked.
    convenience init(_ files: ModelFiles, sharing folder: SharedFolder? = nil) {
        self.init(
            network: files.network, notes: files.notes, json: files.json, source: CheckpointWeights(files.tensors),
            sharing: folder)
    }
}
