import Checkpoint
import Glibc

/// The noise that a model was trained with: how much is added at each of the training's timesteps.
/// Source: diffusers 0.26.3, scheduling_ddim.py, `DDIMScheduler.__init__`, which other schedulers repeat.
public struct TrainingNoise: Sendable, Hashable {
    /// The variance that each timestep adds, β.
    public enum Betas: Sendable, Hashable {
        /// Evenly spaced.
        case linear(start: Double, end: Double)
        /// Squares of evenly spaced numbers.
        case scaledLinear(start: Double, end: Double)
        /// From a squared cosine, at most 0.999. Source: Nichol and Dhariwal, <https://arxiv.org/abs/2102.09672>.
        case squaredCosine
        /// From a sigmoid.
        case sigmoid(start: Double, end: Double)
        /// Given, one for each timestep.
        case trained([Double])

        /// diffusers' default, 0.0001 to 0.02.
        public static let linear = Betas.linear(start: 0.0001, end: 0.02)
    }

    /// How many timesteps the training had: `num_train_timesteps`.
    public var timesteps: Int
    /// The variances.
    public var betas: Betas
    /// Whether they are rescaled so that the last timestep is noise alone: `rescale_betas_zero_snr`.
    /// Source: Lin and others, <https://arxiv.org/abs/2305.08891>, algorithm 1.
    public var rescalesToZeroSNR: Bool

    /// diffusers' defaults, unless given.
    public init(timesteps: Int = 1000, betas: Betas = .linear, rescalesToZeroSNR: Bool = false) {
        self.timesteps = timesteps
        self.betas = betas
        self.rescalesToZeroSNR = rescalesToZeroSNR
    }

    /// The most training timesteps accepted.
    static let maximumTimesteps = 100_000
    /// The most steps of a run accepted.
    static let maximumSteps = 10_000

    /// Refuses a number of steps that is no number of steps.
    static func checkSteps(_ steps: Int, _ scheduler: String) throws(SchedulerError) {
        guard (1...maximumSteps).contains(steps) else {
            throw .schedule(scheduler, problem: "\(steps) steps", remedy: "prepare from 1 to \(maximumSteps) steps")
        }
    }

    /// Refuses more steps than the training had timesteps.
    func check(steps: Int, _ scheduler: String) throws(SchedulerError) {
        try Self.checkSteps(steps, scheduler)
        guard steps <= timesteps else {
            throw .schedule(
                scheduler, problem: "\(steps) steps of a model that was trained with \(timesteps) timesteps",
                remedy: "prepare from 1 to \(timesteps) steps")
        }
    }

    /// diffusers' names of what `Betas` has, `trained_betas` apart.
    private enum Shape: String, CaseIterable {
        case linear
        case scaledLinear = "scaled_linear"
        case squaredCosine = "squaredcos_cap_v2"
        case sigmoid
    }

    /// Reads the fields that schedulers share.
    ///
    /// - Parameters:
    ///   - standard: the class's default.
    ///   - rescales: whether the class has `rescale_betas_zero_snr`.
    init(
        _ fields: inout SchedulerFields,
        standard: (start: Double, end: Double, shape: String) = (0.0001, 0.02, "linear")
    ) throws(SchedulerError) {
        timesteps = try fields.integer("num_train_timesteps", default: 1000, in: 1...Self.maximumTimesteps)
        let start = try fields.beta("beta_start", default: standard.start)
        let end = try fields.beta("beta_end", default: standard.end)
        let shape = try fields.name("beta_schedule", default: Shape(rawValue: standard.shape) ?? .linear)
        let trained = try fields.numbers("trained_betas")
        rescalesToZeroSNR = try fields.truth("rescale_betas_zero_snr", default: false)
        if let trained {
            guard trained.count == timesteps, trained.allSatisfy({ (0...1).contains($0) }) else {
                throw fields.refusal(
                    "trained_betas", found: "a list of \(trained.count) numbers",
                    expected: "\(timesteps) numbers from 0 to 1, as num_train_timesteps is \(timesteps)",
                    remedy: "give the betas of the training, one for each timestep")
            }
            betas = .trained(trained)
            return
        }
        switch shape {
        case .linear: betas = .linear(start: start, end: end)
        case .scaledLinear: betas = .scaledLinear(start: start, end: end)
        case .squaredCosine: betas = .squaredCosine
        case .sigmoid: betas = .sigmoid(start: start, end: end)
        }
    }
}

extension SchedulerFields {
    fileprivate mutating func beta(_ field: String, default standard: Double) throws(SchedulerError) -> Double {
        try number(field, default: standard, expected: "a number from 0 to 1") { (0...1).contains($0) }
    }
}

// MARK: - Tables

extension TrainingNoise {
    /// The cumulative products of 1 − β, diffusers' `alphas_cumprod`.
    ///
    /// - Parameter floor: what the last one is where betas are rescaled; nil leaves the zero that it is.
    func cumulativeAlphas(
        _ precision: TablePrecision, floor: Double? = nil, for scheduler: String
    ) throws(SchedulerError) -> [Double] {
        guard (1...Self.maximumTimesteps).contains(timesteps) else {
            throw .schedule(
                scheduler, problem: "a training of \(timesteps) timesteps",
                remedy: "give 1 to \(Self.maximumTimesteps), as the model was trained")
        }
        var betas = betas(precision)
        guard betas.count == timesteps, betas.allSatisfy({ (0...1).contains($0) }) else {
            throw .schedule(
                scheduler, problem: "betas that are not \(timesteps) numbers from 0 to 1",
                remedy: "give one for each timestep of the training")
        }
        if rescalesToZeroSNR { betas = Self.rescaled(betas, precision) }
        var products = Self.products(of: betas, precision)
        if rescalesToZeroSNR, let floor { products[timesteps - 1] = floor }
        return products
    }

    private func betas(_ precision: TablePrecision) -> [Double] {
        switch betas {
        case .linear(let start, let end): return precision.linspace(start, end, timesteps)
        case .scaledLinear(let start, let end):
            return precision.linspace(start.squareRoot(), end.squareRoot(), timesteps).map {
                precision.rounded($0 * $0)
            }
        case .squaredCosine:
            func product(_ time: Double) -> Double {
                let cosine = cos((time + 0.008) / 1.008 * Double.pi / 2)
                return cosine * cosine
            }
            return (0..<timesteps).map { i in
                let (before, after) = (Double(i) / Double(timesteps), Double(i + 1) / Double(timesteps))
                return precision.rounded(min(1 - product(after) / product(before), 0.999))
            }
        case .sigmoid(let start, let end):
            return precision.linspace(-6, 6, timesteps).map { x in
                let sigmoid = precision.rounded(1 / (1 + exp(-x)))
                let scaled = precision.rounded(sigmoid * precision.rounded(end - start))
                return precision.rounded(scaled + precision.rounded(start))
            }
        case .trained(let betas): return betas.map(precision.rounded)
        }
    }

    /// The running products of 1 − β; PyTorch multiplies in Double, whatever it rounds the results to.
    private static func products(of betas: [Double], _ precision: TablePrecision) -> [Double] {
        var product = 1.0
        return betas.map { beta in
            product *= precision.rounded(1 - beta)
            return precision.rounded(product)
        }
    }

    private static func rescaled(_ betas: [Double], _ precision: TablePrecision) -> [Double] {
        var roots = products(of: betas, precision).map { precision.rounded($0.squareRoot()) }
        let (first, last) = (roots[0], roots[roots.count - 1])
        let factor = precision.rounded(first / precision.rounded(first - last))
        roots = roots.map { precision.rounded(precision.rounded($0 - last) * factor) }
        let products = roots.map { precision.rounded($0 * $0) }
        return products.indices.map { i in
            let alpha = i == 0 ? products[0] : precision.rounded(products[i] / products[i - 1])
            return precision.rounded(1 - alpha)
        }
    }
}
