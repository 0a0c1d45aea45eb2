import CKernels

/// Rows of a tile from which on weights are asked for ahead. A lower tile reads weights faster than they can be asked for, and
/// the processor's own prefetching of a stream does better.
private let leastRows = 8

/// tile += Σ x · w over `depth` steps along the summed dimension; moves `w` behind them.
///
/// A panel's weights lie in the order in which they are read. With `ahead` above 0 each step also asks for the line or lines so
/// many floats ahead, so that weights come from memory at its bandwidth while the tile multiplies.
///
/// One loop without another inside it: the accumulators of a nest would not stay in registers.
@inline(__always)
func accumulate<Tile: RegisterTile>(
    _ tile: inout Tile, _ x: UnsafePointer<Float>, stride: Int, depth: Int, _ w: inout UnsafePointer<Float>, ahead: Int
) {
    let columns = Tile.vectors * Lanes.scalarCount
    var x = x
    let end = x + depth
    if Tile.rows >= leastRows && ahead > 0 {
        while x < end {
            kernel_prefetch(w + ahead)
            if columns > Int(KERNEL_CHANNEL_BLOCK) { kernel_prefetch(w + (ahead + Int(KERNEL_CHANNEL_BLOCK))) }
            tile.accumulate(x, stride: stride, Tile.weights(at: w))
            x += 1
            w += columns
        }
    } else {
        while x < end {
            tile.accumulate(x, stride: stride, Tile.weights(at: w))
            x += 1
            w += columns
        }
    }
}
