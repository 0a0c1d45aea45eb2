import CUNet1DSystem
import Checkpoint
import KernelDispatch
import Planning

extension UNet1DModel {
    /// The most bytes of weights in one file unless another number is given, as in diffusers.
    public static let defaultShardBytes = 10_000_000_000

    /// Saves the model as diffusers' `save_pretrained` does: config.json with every field, and safetensors files under
    /// diffusers' names, in shards with an index where they exceed a size. Works for models of any source.
    ///
    /// Every file is whole on the disk before config.json, which comes last, makes the folder a model. A save that fails
    /// leaves the folder as it was. A process that is ended meanwhile may leave files that end in `.partial`; if it was giving
    /// the files their names, those that were there before may be among them, and config.json missing. Safetensors weights
    /// of the same variant that are there are replaced, in whatever shards they were; other files stay. The folder may be
    /// the one that this model was opened from. Weights that have the type already keep their bits. Allocates a chunk of a
    /// tensor; blocks on the disk.
    ///
    /// ```swift
    /// let model = try UNet1DModel(directory: "checkpoints/unet")
    /// let saved = try model.save(to: "half/unet", dtype: .f16, variant: "fp16")
    /// for file in saved.files { print(file.path, file.bytes) }
    /// ```
    ///
    /// - Parameters:
    ///   - folder: made with those that it is in where it is missing.
    ///   - dtype: the type of all tensors; numbers are rounded to the nearest, ties to the even one.
    ///   - maxShardBytes: bytes of weights in one file, unless a single tensor is larger.
    ///   - variant: a part of the weights' names, by which `ModelLookup.variant` and diffusers find them.
    /// - Returns: the files, and notes: on numbers beyond the type's range, which become infinite.
    /// - Throws: `UNet1DError.checkpoint` for a folder that cannot be written, weights that cannot be read, a variant that
    ///   is no part of a name, and a size below 1.
    @discardableResult
    public func save(
        to folder: String, dtype: WeightType = .f32, maxShardBytes: Int = defaultShardBytes, variant: String? = nil
    ) throws(UNet1DError) -> SavedModel {
        // The caller's rounding and flushing must not decide what is saved.
        let controlWord = system_control_word_enter(UInt32(SYSTEM_DEFAULT_CONTROL_WORD))
        defer { system_control_word_restore(controlWord) }
        let kernels = Implementation.best.table
        let writer = try rethrowing(
            ModelWriter(network, original: json, as: dtype, maximumShardBytes: maxShardBytes, variant: variant),
            as: UNet1DError.checkpoint)
        return try rethrowing(
            writer.write(to: folder) { tensor, sink throws(CheckpointError) in
                try weights.source.write(tensor.name, to: sink, kernels: kernels)
            }, as: UNet1DError.checkpoint)
    }
}
