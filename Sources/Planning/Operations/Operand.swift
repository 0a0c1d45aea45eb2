import KernelArguments

/// A pointer of a kernel's arguments, as a linker's relocation: a field, and the place that it will point at.
struct Operand: Sendable {
    /// Where a pointer points.
    enum Place: Sendable, Hashable {
        /// A buffer of the arena.
        case activation(Location)
        /// A packed weight, by its index in the plan.
        case weight(Int)
        /// The caller's memory, which differs from forward to forward.
        case caller(End)
    }

    /// What the caller brings.
    enum End: Sendable, Hashable, CaseIterable {
        case sample, output
        /// What a network reads besides: of a batch element, and of each of its positions.
        case globalCondition, localCondition
        /// The gradient with respect to the output, and the one with respect to the sample.
        case cotangent, gradient
    }

    enum Access: Sendable, Hashable { case read, written }

    /// The pointer's offset in the argument struct, in bytes.
    let field: Int
    let place: Place
    let access: Access
    /// Compulsory traffic of the whole operation: each byte once. Small operands that stay in a cache have none.
    let bytes: Int
    /// What a range of tiles touches.
    let region: Region

    /// The buffer of the arena that it points into.
    var buffer: Int? {
        if case .activation(let location) = place { return location.buffer }
        return nil
    }

    var isWeight: Bool {
        if case .weight = place { return true }
        return false
    }
}

/// An operand of a kernel whose argument struct is `Arguments`.
struct ArgumentField<Arguments> {
    let operand: Operand

    fileprivate init(operand: Operand) { self.operand = operand }

    private init(
        _ field: PartialKeyPath<Arguments>, _ place: Operand.Place, _ access: Operand.Access, bytes: Int,
        _ region: Region
    ) {
        guard let offset = MemoryLayout<Arguments>.offset(of: field) else {
            preconditionFailure("\(field) is not a stored field")
        }
        operand = Operand(field: offset, place: place, access: access, bytes: bytes, region: region)
    }

    static func read(
        _ field: PartialKeyPath<Arguments>, _ location: Location, bytes: Int = 0, _ region: Region
    ) -> Self {
        Self(field, .activation(location), .read, bytes: bytes, region)
    }

    /// Reads all of a value once.
    static func read(_ field: PartialKeyPath<Arguments>, _ value: Value, _ region: Region) -> Self {
        read(field, value.location(), bytes: value.bytes, region)
    }

    static func written(
        _ field: PartialKeyPath<Arguments>, _ location: Location, bytes: Int, _ region: Region
    ) -> Self {
        Self(field, .activation(location), .written, bytes: bytes, region)
    }

    /// Writes all of a value once.
    static func written(_ field: PartialKeyPath<Arguments>, _ value: Value, _ region: Region) -> Self {
        written(field, value.location(), bytes: value.bytes, region)
    }

    /// All of a small packed weight.
    static func weight(_ field: PartialKeyPath<Arguments>, _ weight: PackedWeight) -> Self {
        Self(field, .weight(weight.index), .read, bytes: 0, .all(bytes: weight.bytes))
    }

    /// The panels of a packed matrix that tiles read: those of their columns.
    ///
    /// - Parameter readBytes: what all tiles read; taps that only meet zeros are not read.
    static func panels(
        _ field: PartialKeyPath<Arguments>, _ weight: PackedWeight, readBytes: Int, columnTiles: Int
    ) -> Self {
        Self(
            field, .weight(weight.index), .read, bytes: readBytes,
            .panels(bytes: weight.bytes, readBytes: readBytes, columnTiles: columnTiles))
    }

    /// The sample or the cotangent, of which no share is kept: the caller decides where it lies.
    static func read(_ field: PartialKeyPath<Arguments>, _ end: Operand.End, bytes: Int) -> Self {
        Self(field, .caller(end), .read, bytes: bytes, .none)
    }

    /// The output or the gradient.
    static func written(_ field: PartialKeyPath<Arguments>, _ end: Operand.End, bytes: Int) -> Self {
        Self(field, .caller(end), .written, bytes: bytes, .none)
    }

    /// An operand of a struct whose first field is an `Arguments`.
    func inside<Outer>(_: Outer.Type) -> ArgumentField<Outer> { ArgumentField<Outer>(operand: operand) }
}

/// A packed weight of a plan.
struct PackedWeight: Sendable {
    let index: Int
    let bytes: Int
}
