import CKernels
import KernelArguments

/// A form of Winograd's convolution of width 5, or one of the same shape, those that amplify rounding less first.
package enum WinogradForm: Sendable, Hashable, CaseIterable {
    /// 3 products for a sequence of 2 positions: of the 4 that there are, two share their weight.
    case whole2
    /// 47 products for 28 positions, by a Fourier transform of 32: rounding weighs less than in the direct form, which sums more
    /// terms by themselves. Weights are nine times as large.
    case fourier28
    /// 6 products for 2 positions: its weights are 6/5 of the direct form's, where those of F(4,5) are 8/5.
    case f25
    /// 7 products for a sequence of up to 4 positions: F(4,5) has one more, as it does not know of the zeros around.
    case whole4
    /// 8 products for 4 positions.
    case f45
    /// 10 products for 6 positions, and 8 for 4 at the end of a sequence. Rounding weighs 2.2 times as much as in
    /// F(4,5).
    case f65
    /// 12 products for 8 positions. Rounding weighs 2.4 times as much as in F(6,5).
    case f85

    /// Products of a group.
    var points: Int { kernelForm.points }

    /// Positions of a group that is not of the tail.
    var outputs: Int { kernelForm.outputs }

    /// Positions before a group, and behind it, that it reads.
    var margin: Int { kernelForm.margin }

    /// The kernels' name of it.
    var kernelForm: kernel_winograd_form {
        switch self {
        case .whole2: .whole2
        case .f25: .f25
        case .whole4: .whole4
        case .f45: .f45
        case .f65: .f65
        case .f85: .f85
        case .fourier28: .fourier28
        }
    }

    /// The form is chosen only if its time is below this fraction of the best time of the direct form and of forms that
    /// amplify rounding less.
    var worthwhile: Double {
        switch self {
        case .whole2, .fourier28, .f25, .whole4, .f45: 1
        case .f65: 0.95
        case .f85: 0.875
        }
    }

    /// The time of its transforms beside that of the others'.
    var transforms: Double { self == .fourier28 ? 3 : 1 }

    /// Whether its transformed weights may be rounded to half precision where a convolution may multiply in bfloat16: what that
    /// does to an output is less than what products of bfloat16 do in the direct form.
    var mayHalveWeights: Bool {
        switch self {
        case .whole2, .f25, .whole4, .f45, .f65: true
        case .fourier28, .f85: false
        }
    }

    /// Σ |Aᵀ|²·‖Bᵀ‖²·‖G‖² over its points, the mean of its outputs: the variance of rounding that a sum of one term at
    /// each point leaves in an output. That of the direct form is 5.
    package var amplification: Double {
        switch self {
        case .whole2: 4
        case .fourier28: 10.375
        case .f25: 26.63
        case .whole4: 57.61
        case .f45: 95.34
        case .f65: 477.2
        case .f85: 2862
        }
    }

    /// Terms that the kernels sum by themselves, and the sums of those.
    func sumLengths(depth: Int) -> (run: Int, runs: Int) {
        let run = min(kernel_winograd_summed_channels(kernelForm), depth)
        return (run, ceilDivide(depth, run))
    }

    /// Whether its weights are no more than the rows that a convolution reads and writes. Only those of a Fourier transform are
    /// so large that it matters.
    func areWeightsWorthwhile(_ size: ConvolutionSize) -> Bool {
        self != .fourier28
            || saturatingProduct(points, size.depth, size.columns)
                <= saturatingProduct(size.length, size.batch, size.depth + size.columns)
    }

    /// As papers write it; the whole sequence is the product of a Toeplitz matrix.
    var name: String {
        switch self {
        case .whole2: "T(2,5)"
        case .f25: "F(2,5)"
        case .whole4: "T(4,5)"
        case .f45: "F(4,5)"
        case .f65: "F(6,5)"
        case .f85: "F(8,5)"
        case .fourier28: "DFT(28,5)"
        }
    }

    /// How sequences of a length are cut; nil if they cannot be.
    func groups(length: Int) -> WinogradGroups? {
        switch self {
        case .whole2: length == 2 ? WinogradGroups(form: self, head: 1, tail: 0) : nil
        case .whole4: length <= 4 ? WinogradGroups(form: self, head: 1, tail: 0) : nil
        case .f25, .f45, .f85, .fourier28: WinogradGroups(form: self, head: ceilDivide(length, outputs), tail: 0)
        case .f65:
            (0...2).filter { 4 * $0 < length }
                .map { WinogradGroups(form: self, head: ceilDivide(length - 4 * $0, 6), tail: $0) }
                .min { $0.products < $1.products }
        }
    }
}

/// The groups of a sequence: those of the form's positions, then a tail of groups of four.
struct WinogradGroups: Sendable {
    let form: WinogradForm
    let head: Int
    let tail: Int

    var count: Int { head + tail }

    /// Positions that they cover.
    var positions: Int { form.outputs * head + 4 * tail }

    /// Products of each pair of an input and an output channel.
    var products: Int { form.points * head + 8 * tail }
}
