import UNet1DSampling

/// How a missing stretch of a signal is filled.
enum Way: CaseIterable {
    case inpainting, repaint, posterior

    /// How often each step runs where what is known is put back before each, with that step's noise; 0: it is not put back.
    /// RePaint's three repetitions are three forwards a step; guidance is one and its gradient.
    var repetitions: Int {
        switch self {
        case .inpainting: 1
        case .repaint: 3
        case .posterior: 0
        }
    }

    var name: String {
        switch self {
        case .inpainting: "inpainting"
        case .repaint: "inpainting, each step \(repetitions) times"
        case .posterior: "posterior sampling"
        }
    }
}

/// Fills missing stretches of signals of one channel with a model that was trained on such signals. Once made, it allocates
/// what it returns, and what it is told to hold or to follow.
struct Filler: ~Copyable {
    private var sampler: Sampler
    private let way: Way

    init(_ way: Way, model: UNet1DModel, length: Int, pool: WorkerPool, options: Session.Options) throws {
        let shape = ForwardShape(batch: 1, length: length)
        sampler =
            way == .posterior
            ? try Sampler(
                session: GradientSession(model: model, shape: shape, pool: pool, options: options),
                scheduler: IPNDMScheduler(), steps: 50)
            : try Sampler(
                session: Session(model: model, shape: shape, pool: pool, options: options),
                scheduler: IPNDMScheduler(), steps: 50)
        self.way = way
    }

    /// The signal, with other numbers in `gap`.
    mutating func fill(_ gap: Range<Int>, of signal: [Float], seed: UInt64) throws -> [Float] {
        let known = [0..<gap.lowerBound, gap.upperBound..<signal.count]
        if way == .posterior {
            // The loss is half the squared distance to what is known.
            try sampler.guide(
                by: Guidance(scale: 1) { estimate, cotangent in
                    for range in known { for i in range { cotangent[i] = estimate[i] - signal[i] } }
                })
        } else {
            try sampler.hold(
                HeldValues(signal, shape: [1, 1, signal.count], positions: known, level: .noised),
                resampling: Resampling(repetitions: way.repetitions))
        }
        try sampler.restart(noise: .philox(seed: seed))
        var filled = signal
        var output = filled.mutableSpan
        sampler(into: &output)
        for range in known { filled.replaceSubrange(range, with: signal[range]) }
        return filled
    }
}
