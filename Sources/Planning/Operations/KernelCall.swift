import CKernels
import KernelArguments

/// A kernel with its arguments: every number is in place, and operands say where the pointers will point.
struct KernelCall: Sendable {
    let kernel: Kernel
    /// The argument struct. Its pointers are nil and its fields leave no gaps, so equal arguments have equal bytes.
    let arguments: [UInt8]
    /// The pointers that a session fills in. Others stay nil.
    let operands: [Operand]
    /// Scratch that a worker needs for a tile.
    let scratchBytes: Int
    /// Which of the kernel's code paths it takes: a new session runs a tile of each.
    let variant: Int

    /// - Parameter fields: the pointers of `arguments` that are not nil.
    init<Arguments: BitwiseCopyable>(
        _ kernel: Kernel, _ arguments: Arguments, scratchBytes: Int = 0, variant: Int = 0,
        _ fields: [ArgumentField<Arguments>?]
    ) {
        self.kernel = kernel
        self.arguments = withUnsafeBytes(of: arguments) { Array($0) }
        operands = fields.compactMap { $0?.operand }
        self.scratchBytes = scratchBytes
        self.variant = variant
    }

    /// The arguments as the struct that they were made from.
    func arguments<Arguments: BitwiseCopyable>(as _: Arguments.Type) -> Arguments {
        precondition(arguments.count == MemoryLayout<Arguments>.size)
        return arguments.withUnsafeBytes { $0.loadUnaligned(as: Arguments.self) }
    }

    /// The arena's buffers that it reads.
    var reads: [Int] { operands.filter { $0.access == .read }.compactMap(\.buffer) }

    /// The arena's buffer that it writes its result to; nil where that goes to the caller.
    var writes: Int? { operands.first { $0.access == .written }?.buffer }

    /// Whether it writes a buffer.
    func writes(_ buffer: Int) -> Bool { operands.contains { $0.access == .written && $0.buffer == buffer } }
}
