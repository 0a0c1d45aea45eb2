/// A convolution of width 5 as the budget sees it.
struct RoundingSite: Sendable {
    /// Where it stands in a block.
    enum Place: Sendable {
        /// In a ResidualTemporalBlock1D: half of the block's result, the residual is the other half.
        case temporal
        /// In a ResConvBlock, whose result is mostly its skip. Measured: an eighth of what it is in the other block.
        case resConv
        /// Before the output.
        case output

        /// What of its error is in the block's result.
        var share: Double {
            switch self {
            case .temporal: 0.5
            case .resConv: 0.0625
            case .output: 1
            }
        }

        /// PyTorch's error in the block's result for each such convolution, other operations included, as a share of
        /// `RoundingBudget.reference`.
        var referenceShare: Double { self == .output ? 1 : 0.5 }
    }

    let place: Place
    /// What of its block's result is in the network's.
    let influence: Double
    /// `ConvolutionChoice.forms`.
    let forms: [ConvolutionForm]
    let direct: ConvolutionForm

    func error(of form: ConvolutionForm) -> Double { influence * place.share * form.variance }
    var reference: Double { influence * place.referenceShare * RoundingBudget.reference }
}

/// How far from float64 convolutions of width 5 may carry a forward, beside PyTorch's own float32 error.
///
/// Errors of convolutions are independent, so their variances add up along the network. Where the fastest forms exceed
/// the budget, the convolution that loses the least time for the variance that it removes takes a more accurate form,
/// and so on. The result follows from the sites alone: the plan's configuration, shape, instruction set and machine
/// profile.
struct RoundingBudget {
    /// The predicted root mean square error may be so many times PyTorch's; ten times is what is promised. Of all shapes that
    /// are measured, the root mean square error is up to 6.9 times PyTorch's, and the largest of a thousand errors up to 9.3
    /// times PyTorch's largest.
    static let limit = 5.2

    /// The variance of PyTorch's convolution on `ConvolutionForm.variance`'s scale, at batches of 64: 755 to 904,
    /// measured on planners and value functions. It hardly grows with channels, as PyTorch sums by blocks.
    static let reference = 800.0

    /// For each site the index of the form that it takes.
    private(set) var forms: [Int]
    private let sites: [RoundingSite]

    init(_ sites: [RoundingSite], limit: Double) {
        self.sites = sites
        forms = sites.map { _ in 0 }
        let allowed = limit * limit * sites.reduce(0) { $0 + $1.reference }
        var error = zip(sites, forms).reduce(0) { $0 + $1.0.error(of: $1.0.forms[$1.1]) }
        while error > allowed, let step = cheapestStep() {
            error -= removed(by: step)
            forms[step.site] = step.form
        }
    }

    private typealias Step = (site: Int, form: Int)

    /// The least time for the variance that it removes; nil: every site has its most accurate form.
    private func cheapestStep() -> Step? {
        var cheapest: (step: Step, price: Double)?
        for (site, choice) in zip(sites, forms).enumerated() {
            for form in choice.0.forms.indices where form > choice.1 {
                let step = (site, form)
                let price = (choice.0.forms[form].seconds - choice.0.forms[choice.1].seconds) / removed(by: step)
                if price < cheapest?.price ?? .infinity { cheapest = (step, price) }
            }
        }
        return cheapest?.step
    }

    private func removed(by step: Step) -> Double {
        let site = sites[step.site]
        return site.error(of: site.forms[forms[step.site]]) - site.error(of: site.forms[step.form])
    }
}

/// What a plan predicts of its rounding error, root mean square, as multiples of PyTorch's own float32 error.
package struct RoundingPrediction: Sendable {
    /// As planned.
    package let error: Double
    /// With the direct form everywhere.
    package let direct: Double
    /// With the fastest forms.
    package let fastest: Double
    /// What it may be; infinite where nothing is held.
    package let budget: Double
    /// Convolutions of width 5 that take a more accurate form than the fastest, of how many.
    package let lowered: Int
    package let convolutions: Int

    /// - Parameter taken: for each site the form that the plan has.
    init(_ sites: [RoundingSite], taken: [ConvolutionForm], budget: Double) {
        let reference = sites.reduce(0) { $0 + $1.reference }
        func relative(_ forms: [ConvolutionForm]) -> Double {
            let error = zip(sites, forms).reduce(0) { $0 + $1.0.error(of: $1.1) }
            return reference > 0 ? (error / reference).squareRoot() : 0
        }
        error = relative(taken)
        direct = relative(sites.map(\.direct))
        fastest = relative(sites.map { $0.forms[0] })
        self.budget = budget
        lowered = zip(sites, taken).filter { $1.seconds > $0.forms[0].seconds }.count
        convolutions = sites.count
    }
}
