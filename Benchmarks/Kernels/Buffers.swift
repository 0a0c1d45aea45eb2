import CKernels

/// The memory of one case: 64-byte aligned, freed with the case.
final class Buffers {
    private var blocks: [UnsafeMutableRawPointer] = []
    private let table: kernel_table

    init(_ table: kernel_table) {
        self.table = table
    }

    deinit {
        for block in blocks { block.deallocate() }
    }

    func bytes(_ count: Int) -> UnsafeMutableRawPointer {
        let block = UnsafeMutableRawPointer.allocate(byteCount: max(64, count), alignment: 64)
        block.initializeMemory(as: UInt8.self, repeating: 0, count: max(64, count))
        blocks.append(block)
        return block
    }

    /// `count` zeros.
    func floats(_ count: Int) -> UnsafeMutablePointer<Float> {
        bytes(4 * count).bindMemory(to: Float.self, capacity: count)
    }

    /// `count` uniform numbers in ±1, the same on every instruction set.
    func uniform(_ count: Int) -> UnsafeMutablePointer<Float> {
        let y = floats(count)
        var a = uniform_arguments()
        (a.hash, a.count, a.scale, a.y) = (UInt64(blocks.count), count, 1, y)
        table.uniform(&a, 0, nil)
        return y
    }

    /// `rows` uniform rows of `width` floats between `margin` rows of zeros before and behind; row 0 behind the margin.
    func rows(_ rows: Int, width: Int, margin: Int) -> UnsafeMutablePointer<Float> {
        let y = floats((rows + 2 * margin) * width) + margin * width
        y.update(from: uniform(rows * width), count: rows * width)
        return y
    }
}
