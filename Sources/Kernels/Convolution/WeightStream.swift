import CKernels

/// Whether tiles of `rows` rows prefetch weights: tiles that read at most 16 bytes of weights a cycle, at two multiply-adds, do.
/// Lower ones are bound by bandwidth, and the processor's own prefetching of a stream does better.
@inline(__always)
private func asksAhead(rows: Int) -> Bool { 2 * rows >= Lanes.scalarCount }

/// The least distance at which weights are prefetched before their products: 16 KiB.
let aheadFloats = 4096

/// tile += Σ x · w over `depth` steps along the summed dimension; moves `w` past them.
///
/// A panel's weights lie in the order in which they are read. With `ahead` above 0 each step also prefetches the line or lines
/// `ahead` floats further, so that weights come from memory at its bandwidth while the tile multiplies.
///
/// One loop without another inside it: the accumulators of a nest would not stay in registers.
@inline(__always)
func accumulate<Tile: RegisterTile>(
    _ tile: inout Tile, _ x: UnsafePointer<Float>, stride: Int, depth: Int, _ w: inout UnsafePointer<Float>, ahead: Int
) {
    let columns = Tile.vectors * Lanes.scalarCount
    var x = x
    let end = x + depth
    if asksAhead(rows: Tile.rows) && ahead > 0 {
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
