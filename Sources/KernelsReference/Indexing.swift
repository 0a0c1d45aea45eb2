import CKernels

/// What tile `tile` covers of 0 ..< count when each tile covers `size`.
func tileRange(_ tile: Int, of size: Int, in count: Int) -> Range<Int> {
    let start = min(tile * size, count)
    return start..<min(start + size, count)
}

/// `channels` with the zeros that a row is padded with.
func padded(_ channels: Int) -> Int {
    let block = Int(KERNEL_CHANNEL_BLOCK)
    return (channels + block - 1) / block * block
}
