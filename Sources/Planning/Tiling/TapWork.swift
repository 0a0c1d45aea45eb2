import KernelArguments

/// What a direct convolution cannot do without: the taps that meet a position of the input, and at how many positions
/// of the output each does.
struct TapWork {
    /// Taps that meet the input at least once.
    let taps: Int
    /// Positions of the output with taps that meet the input there, counted for each such tap.
    let positions: Int

    /// Tap t of output position l reads input position l·stride + t − padding.
    init(taps: Int, stride: Int, padding: Int, inputLength: Int, outputLength: Int) {
        var met = 0
        var positions = 0
        for tap in 0..<taps {
            let first = max(0, ceilDivide(padding - tap, stride))
            let last = min(outputLength - 1, (inputLength - 1 + padding - tap) / stride)
            guard inputLength - 1 + padding >= tap, first <= last else { continue }
            met += 1
            positions += last - first + 1
        }
        self.taps = met
        self.positions = positions
    }
}
