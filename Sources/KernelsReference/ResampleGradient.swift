import CKernels

/// y[p] = Σ taps[j] · x[i] over all i and j with ρ(2i + j − 3) = p: the transpose of `downsample`.
func downsampleGradient(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    transpose(arguments, tile) { i, j in 2 * i + j - 3 }
}

/// y[p] = Σ taps[j] · x[n] over all n and j with ρ of what `upsample` reads equal to p: its transpose.
func upsampleGradient(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    transpose(arguments, tile) { n, j in
        let (m, isOdd) = n.quotientAndRemainder(dividingBy: 2)
        return (3 + isOdd - j) % 2 == 0 ? m + (3 + isOdd - j) / 2 : nil
    }
}

/// - Parameter position: which position, before reflection, tap j of output i meets; nil: none.
private func transpose(
    _ arguments: UnsafeRawPointer?, _ tile: Int, position: (_ i: Int, _ j: Int) -> Int?
) {
    let a = arguments!.load(as: resample_arguments.self)
    let last = a.output_length - 1
    for p in tileRange(tile, of: a.tile_positions, in: a.output_length) {
        for column in 0..<a.width {
            var sum = 0.0
            for i in 0..<a.length {
                for j in 0..<8 {
                    guard let met = position(i, j) else { continue }
                    let reflected = met < 0 ? -met : met > last ? 2 * last - met : met
                    if reflected == p { sum += Double(a.taps[j]) * Double(a.x[i * a.width + column]) }
                }
            }
            a.y[p * a.width + column] = Float(sum)
        }
    }
}
