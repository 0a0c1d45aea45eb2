/// A form that a convolution of width 5 may take: what it costs in time and in accuracy.
struct ConvolutionForm: Sendable {
    /// The groups of a form of Winograd's convolution; nil for the direct form.
    let groups: WinogradGroups?
    /// The type of transformed weights.
    let element: WeightElement
    /// Its bound.
    let seconds: Double
    /// The variance of its rounding error in an output of variance 1, where one rounding has √2: its amplification
    /// times the terms of a sum, and 17 for what transforms, their storage and the inverse transform round. Measured
    /// within a fifth of that.
    let variance: Double

    /// - Parameter depth: input channels.
    init(groups: WinogradGroups?, element: WeightElement = .f32, seconds: Double, depth: Int) {
        self.groups = groups
        self.element = element
        self.seconds = seconds
        guard let form = groups?.form else {
            variance = 5 * Double(5 * depth + 17)
            return
        }
        let (run, runs) = form.sumLengths(depth: depth)
        variance = form.amplification * Double(run + runs - 1 + 17)
    }

    var name: String { (groups?.form.name ?? "direct") + (element == .f16 ? " with f16 weights" : "") }
}
