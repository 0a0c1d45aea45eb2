/// The classes and functions that a pickled state dict needs. Each is a name here; none is ever called.
///
/// Source: torch 2.13, torch/_weights_only_unpickler.py, `_get_allowed_globals`.
enum TorchGlobal: Equatable {
    /// `collections.OrderedDict`, `dict`, `collections.defaultdict`.
    case dictionary
    /// `torch.Size`.
    case size
    /// `torch._utils._rebuild_tensor`, `_rebuild_tensor_v2`: storage, offset, shape, strides, and what is of no use here.
    case rebuildTensor
    /// `torch._utils._rebuild_tensor_v3`: as before, then requires_grad, hooks, dtype.
    case rebuildTypedTensor
    /// `torch._utils._rebuild_parameter`, `_rebuild_parameter_with_state`: a tensor, and what is of no use here.
    case rebuildParameter
    /// `torch._tensor._rebuild_from_type_v2`: a function, a class, the function's arguments, a state.
    case rebuildFromType
    /// `torch.nn.parameter.Parameter`, `torch.Tensor`: classes that are mentioned, not made.
    case tensorClass
    /// A class of storages whose elements have this type; nil for untyped ones.
    case storage(ElementType?)
    /// `torch.float32` and its like.
    case dtype(ElementType)
    /// What is made and not read: devices, layouts, sets, numpy's scalars.
    case ignored

    init?(module: String, name: String) {
        guard let global = Self.table["\(module) \(name)"] else { return nil }
        self = global
    }

    private static let table: [String: TorchGlobal] = {
        var table: [String: TorchGlobal] = [
            "collections OrderedDict": .dictionary, "collections defaultdict": .dictionary,
            "builtins dict": .dictionary,
            "torch Size": .size,
            "torch._utils _rebuild_tensor": .rebuildTensor, "torch._utils _rebuild_tensor_v2": .rebuildTensor,
            "torch._utils _rebuild_tensor_v3": .rebuildTypedTensor,
            "torch._utils _rebuild_parameter": .rebuildParameter,
            "torch._utils _rebuild_parameter_with_state": .rebuildParameter,
            "torch._tensor _rebuild_from_type_v2": .rebuildFromType,
            "torch.nn.parameter Parameter": .tensorClass, "torch Tensor": .tensorClass,
            "torch.nn Parameter": .tensorClass,
            "torch.storage UntypedStorage": .storage(nil), "torch UntypedStorage": .storage(nil),
            "torch device": .ignored, "torch.serialization _get_layout": .ignored,
        ]
        for (name, type) in storages {
            table["torch \(name)Storage"] = .storage(type)
            table["torch.storage \(name)Storage"] = .storage(type)
            table["torch.cuda \(name)Storage"] = .storage(type)
        }
        for (name, type) in dtypes { table["torch \(name)"] = .dtype(type) }
        return table
    }()

    private static let storages: [(String, ElementType)] = [
        ("Double", .f64), ("Float", .f32), ("Half", .f16), ("BFloat16", .bf16), ("Long", .i64), ("Int", .i32),
        ("Short", .i16), ("Char", .i8), ("Byte", .u8), ("Bool", .bool), ("ComplexFloat", .c64),
    ]

    private static let dtypes: [(String, ElementType)] = [
        ("float64", .f64), ("float32", .f32), ("float16", .f16), ("bfloat16", .bf16), ("int64", .i64), ("int32", .i32),
        ("int16", .i16), ("int8", .i8), ("uint8", .u8), ("bool", .bool), ("complex64", .c64),
        ("uint16", .u16), ("uint32", .u32), ("uint64", .u64),
        ("float8_e4m3fn", .f8E4M3), ("float8_e5m2", .f8E5M2), ("float8_e8m0fnu", .f8E8M0),
    ]
}
