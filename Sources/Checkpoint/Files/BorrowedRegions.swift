/// Memory of a caller's: several regions, read as if they lay one after another. That they are there is what the caller
/// vouches for; that nothing beyond them is read is checked here.
@safe struct BorrowedRegions: @unchecked Sendable {
    // Sendable unchecked: nobody writes to the memory while it is borrowed, as BorrowedTensor says.
    private let regions: [UnsafeRawBufferPointer]
    /// Where each region begins.
    private let starts: [Int]
    /// Bytes of all regions.
    let count: Int

    /// - Precondition: the bytes of all regions together are a number.
    init(_ regions: [UnsafeRawBufferPointer]) {
        unsafe self.regions = regions
        var starts: [Int] = []
        var count = 0
        for index in unsafe regions.indices {
            starts.append(count)
            count += unsafe regions[index].count
        }
        self.starts = starts
        self.count = count
    }

    /// Where a region begins.
    func start(of region: Int) -> Int { starts[region] }

    /// Fills `bytes` with what starts at `offset`. Allocates nothing.
    ///
    /// - Returns: whether so many bytes are there; else nothing was written.
    /// - Complexity: O(bytes + log regions).
    func copy(from offset: Int, into bytes: inout MutableRawSpan) -> Bool {
        guard offset >= 0, offset <= count, bytes.byteCount <= count - offset else { return false }
        // The last region that begins at the offset or before.
        var (region, end) = (0, starts.count)
        while end - region > 1 {
            let middle = (region + end) / 2
            if starts[middle] <= offset { region = middle } else { end = middle }
        }
        var done = 0
        let wanted = bytes.byteCount
        while done < wanted {
            let source = unsafe regions[region]
            let first = offset + done - starts[region]
            let part = min(source.count - first, wanted - done)
            // In range: `part` bytes are left both in the region and in what is to be filled.
            unsafe bytes.withUnsafeMutableBytes { target in
                unsafe UnsafeMutableRawBufferPointer(rebasing: target[done..<done + part])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[first..<first + part]))
            }
            done += part
            region += 1
        }
        return true
    }
}
