import CUNet1D
import UNet1D

// What C says of opening and saving models, as the library's own types.

/// Which model is opened, and where its packed weights are shared.
struct OpenOptions {
    var lookup = ModelLookup()
    var sharedWeights: String?

    init() {}

    init(_ pointer: UnsafePointer<unet1d_open_options>?) throws(Failure) {
        let asked = try SizedStruct.read(pointer, "options", zero: unet1d_open_options())
        try Failure.check("options.reserved", asked.reserved, has: 0)
        lookup = ModelLookup(
            revision: asked.revision.map { String(cString: $0) },
            subfolder: asked.subfolder.map { String(cString: $0) },
            variant: asked.variant.map { String(cString: $0) },
            configuration: asked.configuration.map { String(cString: $0) })
        sharedWeights = asked.shared_weights.map { path in
            path.pointee == 0 ? UNet1DModel.sharedWeightsFolder : String(cString: path)
        }
    }
}

/// How a model is saved.
struct SaveOptions {
    let dtype: WeightType
    let maxShardBytes: Int
    let variant: String?

    init(_ pointer: UnsafePointer<unet1d_save_options>?) throws(Failure) {
        let asked = try SizedStruct.read(pointer, "options", zero: unet1d_save_options())
        dtype = try choice("options.dtype", asked.dtype, SaveOptions.dtypes)
        maxShardBytes =
            asked.max_shard_bytes == 0 ? UNet1DModel.defaultShardBytes : Int(clamping: asked.max_shard_bytes)
        variant = asked.variant.map { String(cString: $0) }
    }

    /// By their numbers in unet1d.h.
    private static let dtypes: [WeightType] = [.f32, .f16, .bf16]
}

extension unet1d_saved {
    init(_ saved: SavedModel) {
        self.init()
        files = UInt32(saved.files.count)
        bytes = UInt64(saved.files.reduce(0) { $0 + $1.bytes })
        overflows = UInt64(saved.overflows)
    }
}
