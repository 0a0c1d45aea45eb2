import KernelDispatch

/// The pass that chooses the form of every convolution of width 5: the fastest that the budget of rounding allows.
struct Forms {
    /// The lines, their convolutions with forms.
    private(set) var lines: [Line]
    let rounding: RoundingPrediction

    /// - Parameters:
    ///   - limit: the budget of rounding; nil: `RoundingBudget.limit`.
    ///   - choice: decides for a convolution what would be fastest.
    init(
        _ lines: [Line], accuracy: Accuracy, limit: Double?, choice: (ConvolutionSize) -> ConvolutionChoice
    ) {
        self.lines = lines
        let indices = lines.indices.filter { lines[$0].equation is Convolution5 }
        let convolutions = indices.compactMap { lines[$0].equation as? Convolution5 }
        let choices = convolutions.map { choice($0.size) }
        let sites = zip(convolutions, choices).map { convolution, choice in
            RoundingSite(
                place: convolution.place, influence: convolution.influence, forms: choice.forms,
                direct: choice.direct)
        }
        let limit = accuracy == .fast ? limit ?? RoundingBudget.limit : .infinity
        let budget = RoundingBudget(sites, limit: limit)
        let taken = zip(choices, budget.forms).map { accuracy == .strict ? $0.exact : $0.forms[$1] }
        rounding = RoundingPrediction(sites, taken: taken, budget: limit)
        for (site, index) in indices.enumerated() {
            var convolution = convolutions[site]
            convolution.groups = taken[site].groups
            convolution.element = taken[site].element
            convolution.reason = Self.reason(choices[site], taken[site], accuracy)
            self.lines[index].equation = convolution
        }
    }

    private static func reason(_ choice: ConvolutionChoice, _ form: ConvolutionForm, _ accuracy: Accuracy) -> String {
        if accuracy == .strict {
            return choice.exact.groups == nil
                ? "direct, as accuracy is strict"
                : "\(form.name), which is faster than the direct form and rounds less, as accuracy is strict"
        }
        guard form.seconds > choice.forms[0].seconds else { return choice.reason }
        return choice.reason + "; \(form.name) for \(choice.forms[0].name), by the budget of rounding"
    }
}

extension Convolution5 {
    var size: ConvolutionSize {
        ConvolutionSize(
            length: y.length, batch: y.batch, sources: sources.map(\.paddedChannels), columns: y.paddedChannels)
    }
}
