import CKernels

/// Whether tiles of `rows` rows prefetch weights: tiles that read at most 16 bytes of weights a cycle, at two multiply-adds, do.
/// Lower ones are bound by bandwidth, and the processor's own prefetching of a stream does better.
@inline(__always)
private func asksAhead(rows: Int, elementBytes: Int) -> Bool { 8 * rows >= Lanes.scalarCount * elementBytes }

/// The least distance at which weights are prefetched before their products, in bytes.
let aheadBytes = 16384

/// tile += Σ x · w over `depth` steps along the summed dimension; moves `w` past them.
///
/// A panel's weights lie in the order in which they are read. With `ahead` above 0 each step also prefetches the line or lines
/// `ahead` bytes further, so that weights come from memory at its bandwidth while the tile multiplies.
///
/// One loop without another inside it: the accumulators of a nest would not stay in registers.
@inline(__always)
func accumulateSteps<Tile: RegisterTile, Stored: StoredWeight>(
    _ tile: inout Tile, _ x: UnsafePointer<Float>, stride: Int, depth: Int, _ w: inout UnsafePointer<Stored>, ahead: Int
) {
    let columns = Tile.vectors * Lanes.scalarCount
    let size = MemoryLayout<Stored>.size
    var x = x
    let end = x + depth
    if asksAhead(rows: Tile.rows, elementBytes: size) && ahead > 0 {
        while x < end {
            kernel_prefetch(UnsafeRawPointer(w) + ahead)
            if columns * size > 64 { kernel_prefetch(UnsafeRawPointer(w) + (ahead + 64)) }
            tile.accumulate(x, stride: stride, Tile.weights(at: w), of: Stored.self)
            x += 1
            w += columns
        }
    } else {
        while x < end {
            tile.accumulate(x, stride: stride, Tile.weights(at: w), of: Stored.self)
            x += 1
            w += columns
        }
    }
}
