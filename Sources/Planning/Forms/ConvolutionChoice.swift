import KernelDispatch

/// Which algorithm a convolution of width 5 takes, and why: the one whose bound is lowest.
///
/// The bound of an algorithm is the larger of its multiply-adds at the multiply-add peak and the bytes of its weights
/// at the bandwidth of where they come from, as the machine profile has them.
/// Transformed weights of half precision are half the bytes, and take longer to multiply.
///
/// F(6,5) amplifies rounding more than F(4,5), and F(8,5) more than that: they must be faster by a twentieth and by an
/// eighth, and need multiply-adds that round once.
struct ConvolutionChoice {
    /// The choice, then slower ones, each the fastest of those that are more accurate than the one before.
    let forms: [ConvolutionForm]
    let direct: ConvolutionForm
    /// The faster of the direct form and of a Fourier transform, which rounds less.
    let exact: ConvolutionForm
    /// The choice in words.
    let reason: String

    /// - Parameters:
    ///   - modelWeightBytes: of all weights of the model.
    ///   - directWeightBytes: of a weight in the direct form.
    ///   - directRate: products of the direct form in the time of one of the others.
    ///   - halvesTransformed: whether transformed weights may be of half precision.
    init(
        _ size: ConvolutionSize, modelWeightBytes: Int, directWeightBytes: Int = 4, directRate: Double = 1,
        halvesTransformed: Bool = false, blockRows: Int, isa: ISA?, machine: MachineProfile
    ) {
        let (length, batch, depth, columns) = (size.length, size.batch, size.depth, size.columns)
        let bandwidth = machine.weightBandwidth(modelWeightBytes: modelWeightBytes)
        let rate = machine.multiplyAddsPerSecond[isa]
        func seconds(_ products: Int, weightBytes: Int, share: Double) -> Double {
            max(
                Double(products) * Double(depth * columns) * share / rate,
                Double(weightBytes * depth * columns) / bandwidth)
        }
        func seconds(_ groups: WinogradGroups, _ element: WeightElement) -> Double {
            let transforms = groups.form.transforms * machine.winogradTransforms / (8 * Double(columns))
            return seconds(
                groups.products * batch, weightBytes: element.bytes * groups.form.points,
                share: (element == .f16 ? Self.halfProduct : 1) + transforms)
        }
        let directSeconds = seconds(
            Self.directProducts(length: length, batch: batch, blockRows: blockRows),
            weightBytes: directWeightBytes * min(5, 2 * length - 1), share: 1 / directRate)
        let roundsTwice = isa == .generic || isa == nil
        let direct = ConvolutionForm(groups: nil, seconds: directSeconds, size)
        self.direct = direct
        var best = direct
        var exact = direct
        var all = [best]
        var times: [String] = []
        for form in WinogradForm.allCases where !(roundsTwice && form.worthwhile < 1) {
            guard let groups = form.groups(length: length), form.areWeightsWorthwhile(size) else { continue }
            let elements: [WeightElement] = halvesTransformed && form.mayHalveWeights ? [.f32, .f16] : [.f32]
            let variants = elements.map {
                ConvolutionForm(groups: groups, element: $0, seconds: seconds(groups, $0), size)
            }
            guard let found = variants.min(by: { $0.seconds < $1.seconds }) else { continue }
            // It rounds less than the direct form; where rounding may be larger, F(6,5) and F(8,5) are faster.
            if form == .fourier28 {
                if found.seconds < exact.seconds { exact = found }
                continue
            }
            times.append("\(found.name) \(Self.microseconds(found.seconds))")
            if found.seconds < form.worthwhile * best.seconds { best = found }
            all.append(found)
        }
        self.exact = exact
        var forms = [best]
        while let next = all.filter({ $0.variance < forms[forms.count - 1].variance })
            .min(by: { $0.seconds < $1.seconds })
        {
            forms.append(next)
        }
        self.forms = forms
        reason =
            (times + ["direct \(Self.microseconds(direct.seconds))"]).joined(separator: ", ")
            + " by multiply-adds and bytes of weights"
    }

    /// The time of a product with a weight of half precision beside that with a float: it is widened for each register tile. Estimated
    /// from the instructions of a tile of twelve rows, not measured.
    private static let halfProduct = 1.15

    private static func microseconds(_ seconds: Double) -> String {
        let tenths = Int((seconds * 1e7).rounded())
        return "\(tenths / 10).\(tenths % 10) µs"
    }

    /// Products of rows with taps in the direct form: taps that only meet zeros are skipped where a register tile lies
    /// in one position.
    private static func directProducts(length: Int, batch: Int, blockRows: Int) -> Int {
        if batch >= blockRows {
            return batch * (0..<5).reduce(0) { $0 + max(0, length - abs($1 - 2)) }
        }
        return batch * length * min(5, 2 * length - 1)
    }
}

/// The extent of a convolution of width 5.
struct ConvolutionSize {
    let length: Int
    let batch: Int
    /// Padded input channels of each source.
    let sources: [Int]
    /// Padded output channels.
    let columns: Int

    /// Padded input channels.
    var depth: Int { sources.reduce(0, +) }
}
