/// Element types of the safetensors format; raw values are the format's names.
///
/// Source: safetensors 0.5, tensor.rs, `Dtype`.
public enum ElementType: String, Sendable, Hashable, CaseIterable {
    /// One byte, 0 or 1.
    case bool = "BOOL"
    /// Four-bit float, two a byte.
    case f4 = "F4"
    /// Six-bit float, four in three bytes.
    case f6E2M3 = "F6_E2M3"
    /// Six-bit float, four in three bytes.
    case f6E3M2 = "F6_E3M2"
    /// Unsigned byte.
    case u8 = "U8"
    /// Signed byte.
    case i8 = "I8"
    /// Eight-bit float.
    case f8E5M2 = "F8_E5M2"
    /// Eight-bit float.
    case f8E4M3 = "F8_E4M3"
    /// Eight-bit power of two.
    case f8E8M0 = "F8_E8M0"
    /// Signed, 16 bits.
    case i16 = "I16"
    /// Unsigned, 16 bits.
    case u16 = "U16"
    /// IEEE half precision.
    case f16 = "F16"
    /// The upper half of a single-precision number.
    case bf16 = "BF16"
    /// Signed, 32 bits.
    case i32 = "I32"
    /// Unsigned, 32 bits.
    case u32 = "U32"
    /// IEEE single precision.
    case f32 = "F32"
    /// Two single-precision numbers.
    case c64 = "C64"
    /// IEEE double precision.
    case f64 = "F64"
    /// Signed, 64 bits.
    case i64 = "I64"
    /// Unsigned, 64 bits.
    case u64 = "U64"

    package var name: String { rawValue }

    /// Bits an element.
    package var bits: Int {
        switch self {
        case .f4: 4
        case .f6E2M3, .f6E3M2: 6
        case .bool, .u8, .i8, .f8E5M2, .f8E4M3, .f8E8M0: 8
        case .i16, .u16, .f16, .bf16: 16
        case .i32, .u32, .f32: 32
        case .c64, .f64, .i64, .u64: 64
        }
    }

    /// Types that weights may have.
    package static let weights: [ElementType] = [.f32, .f16, .bf16, .f64, .f8E4M3, .f8E5M2]

    /// Real numbers and integers of whole bytes, which `TensorFile.numbers` can read.
    package static let numeric: [ElementType] = weights + integers

    /// Integers, which `TensorFile.integers` can read.
    package static let integers: [ElementType] = [.i8, .u8, .i16, .u16, .i32, .u32, .i64, .u64]
}
