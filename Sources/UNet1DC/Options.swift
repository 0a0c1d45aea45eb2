import CUNet1D
import UNet1D

// What C passes, as the library's own types; anything out of range is refused by its field's name.

/// Options of a session, and the arena that the caller brings.
struct SessionOptions {
    let options: Options
    let arena: UnsafeMutableRawBufferPointer?

    init(_ pointer: UnsafePointer<unet1d_session_options>?) throws(Failure) {
        let asked = try SizedStruct.read(pointer, "options", zero: unet1d_session_options())
        let known = UInt32(UNET1D_SESSION_SMALL_PAGES | UNET1D_SESSION_LOCK_MEMORY)
        try Failure.check("options.flags", asked.flags, has: known)
        try Failure.check("options.reserved", asked.reserved, has: 0)
        options = Options(
            isa: try choice("options.isa", asked.isa, SessionOptions.isas),
            accuracy: try choice("options.accuracy", asked.accuracy, SessionOptions.accuracies),
            hugePages: Int(asked.flags) & UNET1D_SESSION_SMALL_PAGES == 0,
            lockMemory: Int(asked.flags) & UNET1D_SESSION_LOCK_MEMORY != 0,
            numa: try choice("options.numa", asked.numa, SessionOptions.policies))
        guard asked.arena != nil || asked.arena_bytes == 0 else {
            throw .argument(
                "options.arena", found: "NULL with arena_bytes \(asked.arena_bytes)", expected: "both or neither")
        }
        arena = asked.arena.map { UnsafeMutableRawBufferPointer(start: $0, count: asked.arena_bytes) }
    }

    /// By their numbers in unet1d.h.
    static let isas: [ISA?] = [nil, .generic, .avx2, .avx512]
    static let accuracies: [Accuracy] = [.fast, .strict]
    static let policies: [NUMAPolicy] = [.auto, .off, .interleave, .replicate]
}

/// The value that a number stands for.
func choice<Value>(_ name: String, _ number: UInt32, _ values: [Value]) throws(Failure) -> Value {
    guard number < values.count else {
        throw .argument(name, found: "\(number)", expected: "0 ... \(values.count - 1), as unet1d.h names them")
    }
    return values[Int(number)]
}

extension Failure {
    /// Refuses bits that are not among `known`.
    static func check(_ name: String, _ bits: UInt32, has known: UInt32) throws(Failure) {
        guard bits & ~known == 0 else {
            throw .argument(
                name, found: "\(bits)", expected: known == 0 ? "0" : "a sum of the bits that unet1d.h names")
        }
    }
}

extension ForwardShape {
    /// A shape from C; the plan checks it.
    init(_ pointer: UnsafePointer<unet1d_shape>?) throws(Failure) {
        guard let pointer else { throw .argument("shape", found: "NULL", expected: "a shape") }
        self.init(pointer.pointee)
    }

    init(_ shape: unet1d_shape) {
        self.init(batch: Int(shape.batch), length: Int(shape.length), timesteps: Int(shape.timesteps))
    }
}
