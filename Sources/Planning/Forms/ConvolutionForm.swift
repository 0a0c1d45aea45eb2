import CKernels
import KernelArguments

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

    init(groups: WinogradGroups?, element: WeightElement = .f32, seconds: Double, _ size: ConvolutionSize) {
        self.groups = groups
        self.element = element
        self.seconds = seconds
        let amplification = groups?.form.amplification ?? 5
        let (run, runs) = groups?.form.sumLengths(depth: size.depth) ?? Self.directSumLengths(size)
        variance = amplification * Double(run + runs - 1 + 17)
    }

    /// Terms that the direct form sums by themselves, and the sums of those.
    private static func directSumLengths(_ size: ConvolutionSize) -> (run: Int, runs: Int) {
        let planes = 5 * size.sources.count
        let widest = size.sources.max() ?? 0
        let planesOfPart = min(planes, kernel_convolution_summed_planes(widest))
        return (min(planesOfPart * widest, 5 * size.depth), ceilDivide(planes, planesOfPart))
    }

    var name: String { (groups?.form.name ?? "direct") + (element == .f16 ? " with f16 weights" : "") }
}
