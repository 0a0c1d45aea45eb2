import CUNet1D
import UNet1D

// What C passes, as the library's own types; anything out of range is refused by its field's name.

/// Options of a session, and the arena that the caller brings.
struct SessionOptions {
    let options: Session.Options
    let arena: UnsafeMutableRawBufferPointer?

    /// - Parameter shortLevels: the outer levels of short forwards; 0: there are none.
    init(_ pointer: UnsafePointer<unet1d_session_options>?, shortLevels: UInt32 = 0) throws(Failure) {
        let requested = try SizedStruct.read(pointer, "options", zero: unet1d_session_options())
        let known = UInt32(
            UNET1D_SESSION_SMALL_PAGES | UNET1D_SESSION_LOCK_MEMORY | UNET1D_SESSION_NO_LOCAL_CONDITION)
        try Failure.check("options.flags", requested.flags, has: known)
        options = Session.Options(
            isa: try choice("options.isa", requested.isa, SessionOptions.isas),
            accuracy: try choice("options.accuracy", requested.accuracy, SessionOptions.accuracies),
            precision: try choice("options.precision", requested.precision, SessionOptions.precisions),
            hugePages: Int(requested.flags) & UNET1D_SESSION_SMALL_PAGES == 0,
            lockMemory: Int(requested.flags) & UNET1D_SESSION_LOCK_MEMORY != 0,
            numa: try choice("options.numa", requested.numa, SessionOptions.policies),
            shortLevels: shortLevels == 0 ? nil : Int(shortLevels),
            localCondition: Int(requested.flags) & UNET1D_SESSION_NO_LOCAL_CONDITION == 0)
        guard requested.arena != nil || requested.arena_bytes == 0 else {
            throw .argument(
                "options.arena", found: "NULL with arena_bytes \(requested.arena_bytes)", expected: "both or neither")
        }
        arena = requested.arena.map { UnsafeMutableRawBufferPointer(start: $0, count: requested.arena_bytes) }
    }

    /// By their numbers in unet1d.h.
    static let isas: [ISA?] = [nil, .generic, .avx2, .avx512]
    static let accuracies: [Accuracy] = [.fast, .strict]
    static let precisions: [Precision] = [.f32, .f16Weights, .bf16Weights, .bf16]
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
