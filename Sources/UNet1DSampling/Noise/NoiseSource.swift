/// Where a sampler's noise comes from.
public enum NoiseSource: Sendable, Equatable {
    /// The numbers of `PhiloxNoise`: they depend on their seed and place alone, so that workers share the filling and a clip
    /// does not change with its batch. One seed for the whole batch, or one for each sample. `rows` are the numbers that the
    /// samples have as a batch's; nil: 0, 1, 2 and so on. So a sample can be made again, alone or in another batch.
    case philox(seeds: [UInt64], rows: [UInt32]? = nil)
    /// The numbers of PyTorch's generators: one for the whole batch, or a list with one for each sample, as diffusers'
    /// `randn_tensor` takes them. A list of one is one generator for the whole batch.
    case torch(seeds: [UInt64])
    /// Numbers of the caller's, draw after draw, each of shape (batch, elements).
    case given([Float])

    /// The numbers of `PhiloxNoise` with this seed.
    public static func philox(seed: UInt64) -> NoiseSource { .philox(seeds: [seed]) }

    /// The numbers of `torch.manual_seed(seed)`; a negative seed is `UInt64(bitPattern: seed)`.
    public static func torch(seed: UInt64) -> NoiseSource { .torch(seeds: [seed]) }
}

/// Why a source of noise does not fit.
public enum NoiseError: Error, Equatable, CustomStringConvertible {
    /// A list of seeds that has neither one nor one for each sample.
    case seeds(count: Int, batch: Int)
    /// A list of rows that has not one for each sample.
    case rows(count: Int, batch: Int)
    /// Given numbers that are fewer than the draws need.
    case given(count: Int, needed: Int, draws: Int)

    /// What was found, what was expected, and the way out.
    public var description: String {
        switch self {
        case .seeds(let count, let batch):
            "noise: \(count) seeds for a batch of \(batch); give one seed, or \(batch)"
        case .rows(let count, let batch):
            "noise: \(count) rows for a batch of \(batch); give none, or \(batch)"
        case .given(let count, let needed, let draws):
            """
            noise: \(count) values are given, but \(draws) draws take \(needed); give as many, or another source, such as \
            .philox(seed: 0)
            """
        }
    }
}
