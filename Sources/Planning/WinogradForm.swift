/// A form of Winograd's convolution of width 5.
public enum WinogradForm: Int, Sendable, Hashable, CaseIterable {
    /// 8 products for 4 positions.
    case f45 = 4
    /// 10 products for 6 positions. Rounding weighs 2.2 times as much as in F(4,5).
    case f65 = 6

    /// Positions of a group.
    var outputs: Int { rawValue }

    /// Products of a group.
    var points: Int { rawValue + 4 }

    /// As papers write it.
    var name: String { "F(\(outputs),5)" }

    /// Groups of a sequence.
    func groups(length: Int) -> Int { ceilDivide(length, outputs) }
}
