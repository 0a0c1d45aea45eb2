public import CUNet1D
import UNet1D

/// Makes a model of a text and of tensors in memory. See unet1d.h.
@c @implementation
public func unet1d_model_create(
    _ configuration: UnsafePointer<CChar>?, _ tensors: UnsafePointer<unet1d_tensor>?, _ count: Int,
    _ model: UnsafeMutablePointer<OpaquePointer?>?
) -> unet1d_status {
    reporting {
        let text = try text("configuration", configuration, expected: "the text of a config.json")
        guard let model else { throw Failure.argument("model", found: "NULL", expected: "where to put the handle") }
        let borrowed = try buffer("tensors", tensors, count) ?? UnsafeBufferPointer(start: nil, count: 0)
        let made = try UNet1DModel(
            configurationJSON: text,
            tensors: borrowed.enumerated().map { try BorrowedTensor($1, "tensors[\($0)]") })
        model.pointee = try HandleTable.shared.insert(made, .model)
    }
}

/// Makes a model with random weights. See unet1d.h.
@c @implementation
public func unet1d_model_create_seeded(
    _ configuration: UnsafePointer<CChar>?, _ seed: UInt64, _ model: UnsafeMutablePointer<OpaquePointer?>?
) -> unet1d_status {
    reporting {
        let text = try text("configuration", configuration, expected: "the text of a config.json")
        guard let model else { throw Failure.argument("model", found: "NULL", expected: "where to put the handle") }
        let made = try UNet1DModel(configurationJSON: text, seed: seed, initialisation: .pytorch)
        model.pointee = try HandleTable.shared.insert(made, .model)
    }
}

/// The configuration as JSON. See unet1d.h.
@c @implementation
public func unet1d_model_configuration(
    _ model: OpaquePointer?, _ text: UnsafeMutablePointer<CChar>?, _ capacity: Int,
    _ needed: UnsafeMutablePointer<Int>?
) -> unet1d_status {
    reporting { try copy(of: model, text, capacity, needed) { $0.configurationJSON } }
}

/// What was odd, a sentence a line. See unet1d.h.
@c @implementation
public func unet1d_model_notes(
    _ model: OpaquePointer?, _ text: UnsafeMutablePointer<CChar>?, _ capacity: Int,
    _ needed: UnsafeMutablePointer<Int>?
) -> unet1d_status {
    reporting { try copy(of: model, text, capacity, needed) { $0.notes.joined(separator: "\n") } }
}

/// Copies a model's text into a caller's memory, as much as there is room for, with a zero behind it.
private func copy(
    of model: OpaquePointer?, _ text: UnsafeMutablePointer<CChar>?, _ capacity: Int,
    _ needed: UnsafeMutablePointer<Int>?, _ source: (UNet1DModel) -> String
) throws {
    let model = try HandleTable.shared.object(model, .model, as: UNet1DModel.self)
    let memory = try buffer("text", UnsafePointer(text), capacity)
    let bytes = Array(source(model).utf8)
    if let memory {
        var count = min(bytes.count, memory.count - 1)
        // Not within a character, whose second and later bytes have these bits.
        while count > 0, count < bytes.count, bytes[count] & 0xC0 == 0x80 { count -= 1 }
        let output = UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(mutating: memory))
        output.copyBytes(from: bytes[..<count])
        output[count] = 0
    }
    needed?.pointee = bytes.count + 1
}

/// A text that the caller passed.
private func text(
    _ name: String, _ pointer: UnsafePointer<CChar>?, expected: String
) throws(Failure) -> String {
    guard let pointer else { throw .argument(name, found: "NULL", expected: expected) }
    return String(cString: pointer)
}

extension BorrowedTensor {
    /// The most dimensions that a tensor may have here; no network's has as many.
    private static let largestRank: UInt32 = 16
    /// By their numbers in unet1d.h.
    private static let elementTypes: [ElementType] = [.f32, .f16, .bf16, .f64]

    /// A tensor from C, whose name and shape are copied.
    ///
    /// - Parameter place: what messages call it.
    fileprivate init(_ tensor: unet1d_tensor, _ place: String) throws(Failure) {
        let name = try text("\(place).name", tensor.name, expected: "a parameter's name")
        guard tensor.rank <= Self.largestRank else {
            throw .argument("\(place).rank", found: "\(tensor.rank)", expected: "at most \(Self.largestRank)")
        }
        let sizes = try list("\(place).shape", tensor.shape, Int(tensor.rank)) ?? []
        let elementType = try choice("\(place).dtype", tensor.dtype, Self.elementTypes)
        let shape = sizes.map { Int($0) }
        // Whatever is no shape is refused with the tensor's name.
        let bytes = elementType.bytes(of: shape) ?? 0
        guard tensor.data != nil || bytes == 0 else {
            throw .argument("\(place).data", found: "NULL", expected: "the elements of \(name.quoted)")
        }
        self.init(
            name: name, elementType: elementType, shape: shape,
            bytes: UnsafeRawBufferPointer(start: tensor.data, count: tensor.data == nil ? 0 : bytes))
    }
}
