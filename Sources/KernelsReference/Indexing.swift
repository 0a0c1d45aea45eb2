import CKernels

// The contracts count in Int64, as C does; pointers are indexed with Int.

extension UnsafePointer {
    subscript(_ index: Int64) -> Pointee { self[Int(index)] }

    static func + (pointer: Self, offset: Int64) -> Self { pointer + Int(offset) }
}

extension UnsafeMutablePointer {
    subscript(_ index: Int64) -> Pointee {
        get { self[Int(index)] }
        nonmutating set { self[Int(index)] = newValue }
    }

    static func + (pointer: Self, offset: Int64) -> Self { pointer + Int(offset) }
}

/// What tile `tile` covers of 0 ..< count when each tile covers `size`.
func tileRange(_ tile: Int64, of size: Int64, in count: Int64) -> Range<Int64> {
    let start = min(tile * size, count)
    return start..<min(start + size, count)
}

/// `channels` with the zeros that a row is padded with.
func padded(_ channels: Int64) -> Int64 {
    let block = Int64(KERNEL_CHANNEL_BLOCK)
    return (channels + block - 1) / block * block
}
