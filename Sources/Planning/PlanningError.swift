/// Why a shape cannot be planned. The reference raises in its forward for each of these.
public enum PlanningError: Error, Sendable, Hashable {
    /// A size below 1, or one that makes buffers beyond what an address can hold.
    case size(name: String, found: Int, expected: String)
    /// A timestep count that does not go with the batch.
    case timestepCount(found: Int, batch: Int, block: String)
    /// Fewer positions than reflection at the resampler needs.
    case tooShort(block: String, length: Int, minimum: Int, sampleLength: Int, remedy: LengthRemedy)
    /// A skip whose length differs from that of what it is joined to.
    case skipMismatch(block: String, length: Int, skipLength: Int, sampleLength: Int, remedy: LengthRemedy)
    /// A skip whose batch differs from that of what it is joined to.
    case skipBatchMismatch(block: String, batch: Int, skipBatch: Int)
    /// A norm over a single value.
    case singleValueNorm(block: String)
    /// A value head whose input has another size than its weights.
    case valueWidth(found: Int, expected: Int, sampleLength: Int, remedy: LengthRemedy)
    /// Weights of another precision where everything is to be exact.
    case strictPrecision(Precision)
    /// A number of a machine profile.
    case machine(profile: String, field: String, found: Double, expected: String)
}

extension PlanningError: CustomStringConvertible {
    /// What was found, what was expected, and the way out.
    public var description: String {
        switch self {
        case .size(let name, let found, let expected):
            "\(name) is \(found), expected \(expected)"
        case .timestepCount(let found, let batch, let block):
            """
            \(block): \(found) timesteps do not go with a batch of \(batch); give one timestep for each batch element\
            \(block == "ValueFunction" ? "" : ", or a single one")
            """
        case .tooShort(let block, let length, let minimum, let sampleLength, let remedy):
            """
            \(block): its input has length \(length), but its reflect padding needs \(minimum) or more; length \
            \(sampleLength) of the sample is too short; \(remedy)
            """
        case .skipMismatch(let block, let length, let skipLength, let sampleLength, let remedy):
            """
            \(block): its input has length \(length), but its skip has length \(skipLength), at length \
            \(sampleLength) of the sample; \(remedy)
            """
        case .skipBatchMismatch(let block, let batch, let skipBatch):
            """
            \(block): its input has batch \(batch), but its skip has batch \(skipBatch); give one timestep, or a \
            sample for each timestep
            """
        case .singleValueNorm(let block):
            "\(block): a norm over a single value; take a longer sample or a larger batch"
        case .valueWidth(let found, let expected, let sampleLength, let remedy):
            """
            ValueFunction: its input has \(found) values, but its weights expect \(expected); length \(sampleLength) \
            of the sample does not fit this model; \(remedy)
            """
        case .strictPrecision(let precision):
            """
            accuracy strict computes in f32, but the precision is \(precision.rawValue); take accuracy fast, or precision f32
            """
        case .machine(let profile, let field, let found, let expected):
            """
            machine profile \(profile): \(field) is \(found), expected \(expected); measure the machine with \
            unet1d-bench tune, or take the built-in profile
            """
        }
    }
}
