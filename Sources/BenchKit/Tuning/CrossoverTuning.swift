import UNet1D

/// When Winograd's forms overtake the direct one: forwards with either timed on one core, over widths and lengths.
struct CrossoverTuning {
    /// A forward of convolutions of one width and length.
    struct Case: Sendable {
        let configuration: UNet1DConfiguration
        let length: Int
        /// Median nanoseconds of a forward with all convolutions of width 5 in that form.
        let winograd: Double
        let direct: Double
    }

    /// What was timed.
    let cases: [Case]

    /// What is tried for the time of the transforms.
    static let candidates = [0.0, 5, 10, 15, 20, 30, 40, 60, 80, 120, 160, 240]

    /// Times both algorithms.
    static func run(
        pool: WorkerPool, budget: TuningBudget, progress: Progress
    ) throws(BenchError) -> CrossoverTuning {
        var cases: [Case] = []
        for width in budget.crossoverWidths {
            let configuration = configuration(width: width)
            let model = try library { () throws(UNet1DError) in try UNet1DModel(configuration: configuration) }
            for length in budget.crossoverLengths {
                progress.say("Winograd and the direct form, \(width) channels, length \(length)")
                if let found = try time(model, length: length, pool: pool, budget: budget) {
                    cases.append(found)
                }
            }
        }
        return CrossoverTuning(cases: cases)
    }

    /// A model of five convolutions of width 5, all of `width` channels, that runs at any length.
    private static func configuration(width: Int) -> UNet1DConfiguration {
        UNet1DConfiguration(
            inChannels: width, outChannels: width, timeEmbeddingType: .positional, useTimestepEmbedding: true,
            downBlockTypes: [.downResnetBlock1D], upBlockTypes: [], midBlockType: .midResTemporalBlock1D,
            outBlockType: .outConv1DBlock, blockOutChannels: [width], actFn: .mish, layersPerBlock: 0)
    }

    /// Takes a form of Winograd's wherever it has fewer products.
    private static let winogradAlways: MachineProfile = {
        var machine = MachineProfile.builtIn
        machine.winogradTransforms = 0
        machine.cachedWeightBytes = 0
        machine.oneCoreBandwidth.memory = 1e15
        return machine
    }()

    /// Without a budget of rounding, which would mix forms.
    private static func unlimited(_ machine: MachineProfile) -> Session.Options {
        var options = Session.Options(machine: machine)
        options.roundingLimit = .infinity
        return options
    }

    /// Both algorithms in turn; nil where plans have no choice.
    private static func time(
        _ model: UNet1DModel, length: Int, pool: WorkerPool, budget: TuningBudget
    ) throws(BenchError) -> Case? {
        let shape = ForwardShape(batch: 1, length: length)
        let fast = try TimedSession(model, shape, pool, unlimited(winogradAlways))
        let exact = try TimedSession(
            model, shape, pool, Session.Options(accuracy: .strict, machine: .directAlways))
        guard fast.plan.operations.contains(where: { $0.kind == .winograd }) else { return nil }
        // A sample is long enough for a clock.
        let count = max(1, min(64, Int(200_000 / fast.forwards(1))))
        var winograd: [Double] = []
        var direct: [Double] = []
        let start = Clock.now
        while direct.count < min(3, budget.crossoverPasses)
            || (direct.count < budget.crossoverPasses && Clock.now - start < budget.crossoverNanoseconds)
        {
            // The first forward of each brings back the weights that the other one pushed out.
            _ = fast.forwards(1)
            winograd.append(fast.forwards(count))
            _ = exact.forwards(1)
            direct.append(exact.forwards(count))
        }
        return Case(
            configuration: model.configuration, length: length, winograd: winograd.median, direct: direct.median)
    }

    /// The time of the transforms with which a profile chooses best, the built-in one unless another is worthwhile.
    func best(for machine: MachineProfile, worthwhile: Double) -> (value: Double, finding: String) {
        let builtIn = MachineProfile.builtIn.winogradTransforms
        let usual = excess(machine, transforms: builtIn)
        var taken = (value: builtIn, excess: usual)
        for value in Self.candidates {
            let excess = excess(machine, transforms: value)
            if usual > excess * worthwhile && excess < taken.excess { taken = (value, excess) }
        }
        let perCent = Figures.fixed(100 * (taken.excess - 1), 1)
        return (
            taken.value,
            "Winograd or direct: \(Figures.counted(cases.count, "case")), \(perCent) % slower than the faster form on average"
        )
    }

    /// How many times as long as the faster algorithm's the chosen algorithm's time is, on average over the cases.
    private func excess(_ machine: MachineProfile, transforms: Double) -> Double {
        var machine = machine
        machine.winogradTransforms = transforms
        let ratios = cases.compactMap { found -> Double? in
            guard
                let plan = try? Plan(
                    configuration: found.configuration, shape: ForwardShape(batch: 1, length: found.length),
                    options: Self.unlimited(machine))
            else { return nil }
            let isWinograd = plan.operations.contains { $0.kind == .winograd }
            return (isWinograd ? found.winograd : found.direct) / min(found.winograd, found.direct)
        }
        return ratios.isEmpty ? 1 : ratios.reduce(0, +) / Double(ratios.count)
    }
}
