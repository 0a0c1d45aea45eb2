public import UNet1D

/// A model that is opened from any format and saved in the form that diffusers reads.
public struct Conversion: Sendable {
    /// The most bytes of weights in one file, unless another number is given.
    public static let defaultShardBytes = UNet1DModel.defaultShardBytes

    private let what: String
    private let lookup: ModelLookup
    private let folder: String
    private let dtype: WeightType
    private let maxShardBytes: Int
    private let variant: String?

    /// Checks what does not need the model; nil: the library's defaults.
    ///
    /// - Throws: `BenchError.option`.
    public init(
        what: String, lookup: ModelLookup, folder: String, dtype: String?, maxShardBytes: Int?, variant: String?
    ) throws(BenchError) {
        let dtype = dtype ?? WeightType.f32.rawValue
        let maxShardBytes = maxShardBytes ?? Self.defaultShardBytes
        guard let type = WeightType(rawValue: dtype) else {
            throw .option(
                name: "dtype", found: dtype, expected: WeightType.allCases.map(\.rawValue).joined(separator: ", "))
        }
        guard maxShardBytes >= 1 else {
            throw .option(name: "max-shard-bytes", found: "\(maxShardBytes)", expected: "1 or more")
        }
        (self.what, self.lookup, self.folder) = (what, lookup, folder)
        (self.dtype, self.maxShardBytes, self.variant) = (type, maxShardBytes, variant)
    }

    /// Opens and saves the model. Blocks on the disk.
    ///
    /// - Returns: a line for each file that was written, its bytes first, and one for each note.
    /// - Throws: `BenchError.library`.
    public func run() throws(BenchError) -> String {
        let (notes, saved) = try library { () throws(UNet1DError) in
            let model = try UNet1DModel(directory: what, lookup: lookup)
            return (
                model.notes, try model.save(to: folder, dtype: dtype, maxShardBytes: maxShardBytes, variant: variant)
            )
        }
        let lines = saved.files.map { "\($0.bytes) \($0.path)" } + (notes + saved.notes).map { "note: \($0)" }
        return lines.map { $0 + "\n" }.joined()
    }
}
