// Small tensors as arrays of numbers: samples, timesteps, expected outputs, FIR taps. These allocate.

/// A tensor's numbers, row-major.
package struct TensorNumbers: Sendable, Equatable {
    /// The numbers; exact for every type but 64-bit integers beyond 2⁵³.
    package let values: [Double]
    /// The shape; empty for a single number.
    package let shape: [Int]
    /// The type in the file.
    package let elementType: ElementType
}

extension TensorFile {
    /// A tensor of floating-point numbers in single precision; Double is rounded.
    ///
    /// - Throws: `noSuchTensor`, `unsupportedElementType`, `cannotRead`, `fileShrank`.
    package func floats(named name: String) throws(CheckpointError) -> [Float] {
        let tensor = try tensor(named: name, of: ElementType.weights)
        if tensor.elementType == .f32 { return try file.floats(tensor.count, at: position(of: tensor)) }
        let elements = try elements(of: tensor)
        return (0..<tensor.count).map { Float(elements.double($0)) }
    }

    /// A tensor of real numbers or integers of any type.
    ///
    /// - Throws: `noSuchTensor`, `unsupportedElementType`, `cannotRead`, `fileShrank`.
    package func numbers(named name: String) throws(CheckpointError) -> TensorNumbers {
        let tensor = try tensor(named: name, of: ElementType.numeric)
        let elements = try elements(of: tensor)
        return TensorNumbers(
            values: (0..<tensor.count).map(elements.double), shape: tensor.shape, elementType: tensor.elementType)
    }

    /// A tensor of integers, exactly.
    ///
    /// - Throws: `noSuchTensor`, `unsupportedElementType`, `integerOverflow`, `cannotRead`, `fileShrank`.
    package func integers(named name: String) throws(CheckpointError) -> [Int64] {
        let tensor = try tensor(named: name, of: ElementType.integers)
        let elements = try elements(of: tensor)
        var integers: [Int64] = []
        integers.reserveCapacity(tensor.count)
        for i in 0..<tensor.count {
            let bits = elements.bits(i)
            if tensor.elementType == .u64, bits > UInt64(Int64.max) { throw .integerOverflow(file: path, tensor: name) }
            integers.append(elements.integer(i))
        }
        return integers
    }

    private func tensor(
        named name: String, of types: [ElementType]
    ) throws(CheckpointError) -> TensorDescription {
        let tensor = try tensor(named: name)
        guard types.contains(tensor.elementType) else {
            throw .unsupportedElementType(file: path, tensor: name, found: tensor.elementType, expected: types)
        }
        return tensor
    }

    private func elements(of tensor: TensorDescription) throws(CheckpointError) -> Elements {
        Elements(bytes: try file.bytes(tensor.byteCount, at: position(of: tensor)), type: tensor.elementType)
    }
}

extension ElementType {
    /// The numbers of elements that lie one after the other. The type must be one of `numeric`.
    func doubles(_ bytes: [UInt8]) -> [Double] {
        let elements = Elements(bytes: bytes, type: self)
        return (0..<bytes.count / (bits / 8)).map(elements.double)
    }
}

/// The bytes of a tensor, seen as elements.
private struct Elements {
    let bytes: [UInt8]
    let type: ElementType

    /// Element `i`'s bits, zeros above them.
    func bits(_ i: Int) -> UInt64 {
        let size = type.bits / 8
        var bits: UInt64 = 0
        for byte in bytes[i * size..<(i + 1) * size].reversed() { bits = bits << 8 | UInt64(byte) }
        return bits
    }

    /// Element `i` of an integer type, sign extended; unsigned 64-bit ones wrap.
    func integer(_ i: Int) -> Int64 {
        let bits = Int64(bitPattern: bits(i))
        switch type {
        case .i8, .i16, .i32: return (bits << (64 - type.bits)) >> (64 - type.bits)
        default: return bits
        }
    }

    /// Element `i` of any numeric type.
    func double(_ i: Int) -> Double {
        switch type {
        case .f32: Double(Float(bitPattern: UInt32(bits(i))))
        case .f64: Double(bitPattern: bits(i))
        case .bf16: Double(Float(bitPattern: UInt32(bits(i)) << 16))
        case .f16: halfPrecision(bits(i))
        case .u64: Double(bits(i))
        case .f8E4M3: Double(Float8.e4m3[Int(bits(i))])
        case .f8E5M2: Double(Float8.e5m2[Int(bits(i))])
        default: Double(integer(i))
        }
    }

    /// IEEE half precision: sign, five bits of exponent biased by 15, ten of fraction.
    private func halfPrecision(_ bits: UInt64) -> Double {
        let fraction = Double(bits & 0x3FF)
        let magnitude: Double
        switch bits >> 10 & 0x1F {
        case 0: magnitude = fraction * 0x1p-24
        case 31: magnitude = fraction == 0 ? .infinity : .nan
        case let exponent:
            magnitude = Double(sign: .plus, exponent: Int(exponent) - 15, significand: 1 + fraction / 1024)
        }
        return bits & 0x8000 == 0 ? magnitude : -magnitude
    }
}
