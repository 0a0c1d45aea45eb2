import CKernels

/// y[i] = Σ_j taps[j] · x[ρ(2i + j − 3)], for some positions of y.
/// Source: diffusers 0.26.3, unet_1d_blocks.py, Downsample1d.
func downsample(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments!.load(as: resample_arguments.self)
    for i in tileRange(tile, of: a.tile_positions, in: a.output_length) {
        for column in 0..<a.width {
            var sum = 0.0
            for j in 0..<8 { sum += term(a, tap: j, position: 2 * i + j - 3, column) }
            a.y[i * a.width + column] = Float(sum)
        }
    }
}

/// y[2m] = Σ_{j odd} taps[j] · x[ρ(m + (3 − j)/2)], y[2m + 1] = Σ_{j even} taps[j] · x[ρ(m + (4 − j)/2)].
/// Source: diffusers 0.26.3, unet_1d_blocks.py, Upsample1d.
func upsample(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments!.load(as: resample_arguments.self)
    for i in tileRange(tile, of: a.tile_positions, in: a.output_length) {
        let (m, isOdd) = i.quotientAndRemainder(dividingBy: 2)
        for column in 0..<a.width {
            var sum = 0.0
            for j in stride(from: 1 - isOdd, to: 8, by: 2) {
                sum += term(a, tap: j, position: m + (3 + isOdd - j) / 2, column)
            }
            a.y[i * a.width + column] = Float(sum)
        }
    }
}

/// taps[j] · x[ρ(position)], ρ the reflection that does not repeat the edge.
private func term(_ a: resample_arguments, tap j: Int, position: Int, _ column: Int) -> Double {
    let last = a.length - 1
    let reflected = position < 0 ? -position : position > last ? 2 * last - position : position
    return Double(a.taps[j]) * Double(a.x[reflected * a.width + column])
}
