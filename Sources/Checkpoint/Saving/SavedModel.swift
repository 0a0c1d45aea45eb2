/// What was written when a model was saved.
public struct SavedModel: Sendable, Equatable {
    /// A file and its size.
    public struct File: Sendable, Equatable {
        /// Its path.
        public let path: String
        /// Its bytes.
        public let bytes: Int
    }

    /// The files of weights, the index where there are shards, and config.json, in this order.
    public let files: [File]
    /// Finite numbers of single precision that became infinite, as the type's range is smaller than theirs. Weights of double
    /// precision are rounded to single precision first; what became infinite then is not counted.
    public let overflows: Int
    /// What a reader of the files should know, a sentence each.
    public let notes: [String]
}
