import KernelDispatch

/// A number of a machine profile: what it is called, where it is kept, and what it may be. One list serves the code
/// that reads, writes or checks a profile.
package struct MachineField {
    /// The object of the file that it is a member of; nil: the file's own.
    package let section: String?
    package let key: String
    /// The permitted range.
    package let range: ClosedRange<Double>
    /// Whether it has no fraction.
    package let isWhole: Bool
    private let place: Place

    private enum Place {
        case integer(WritableKeyPath<MachineProfile, Int>)
        case number(WritableKeyPath<MachineProfile, Double>)
    }

    /// `section.key`, as errors call it.
    package var name: String { section.map { "\($0).\(key)" } ?? key }

    /// The permitted values, in words.
    package var expected: String {
        func text(_ number: Double) -> String { number < 1e15 ? "\(Int(number))" : "\(number)" }
        return "\(isWhole ? "a whole number" : "a number") from \(text(range.lowerBound)) to \(text(range.upperBound))"
    }

    /// The number in `profile`.
    package func value(in profile: MachineProfile) -> Double {
        switch place {
        case .integer(let path): Double(profile[keyPath: path])
        case .number(let path): profile[keyPath: path]
        }
    }

    /// Whether the number may be `value`.
    package func accepts(_ value: Double) -> Bool {
        range.contains(value) && (!isWhole || value == value.rounded())
    }

    /// Puts the number into `profile`.
    ///
    /// - Precondition: the field accepts it.
    package func set(_ value: Double, in profile: inout MachineProfile) {
        precondition(accepts(value))
        switch place {
        case .integer(let path): profile[keyPath: path] = Int(value)
        case .number(let path): profile[keyPath: path] = value
        }
    }

    private init(
        _ section: String?, _ key: String, _ path: WritableKeyPath<MachineProfile, Int>, _ range: ClosedRange<Double>
    ) {
        self.section = section
        self.key = key
        self.range = range
        isWhole = true
        place = .integer(path)
    }

    private init(
        _ section: String?, _ key: String, _ path: WritableKeyPath<MachineProfile, Double>, _ range: ClosedRange<Double>
    ) {
        self.section = section
        self.key = key
        self.range = range
        isWhole = false
        place = .number(path)
    }
}

extension MachineField {
    /// Every number of a profile, in the order of its file.
    package static var all: [MachineField] {
        [
            MachineField(nil, "cores", \.cores, 1...1024),
            MachineField(nil, "cached_weight_bytes", \.cachedWeightBytes, 0...1e12),
            MachineField(nil, "barrier_nanoseconds", \.barrierNanoseconds, 0...1e6),
        ] + rates + bandwidths("one_core_bandwidth", \.oneCoreBandwidth)
            + bandwidths("all_cores_bandwidth", \.allCoresBandwidth) + tiles + [
                MachineField("winograd", "transforms", \.winogradTransforms, 0...MachineProfile.mostTransforms)
            ]
    }

    private static var rates: [MachineField] {
        ISA.allCases.map { isa in
            MachineField("multiply_adds_per_second", isa.rawValue, \.multiplyAddsPerSecond[isa], 1e6...1e13)
        }
    }

    private static func bandwidths(
        _ section: String, _ path: WritableKeyPath<MachineProfile, MachineProfile.Bandwidths>
    ) -> [MachineField] {
        [
            MachineField(section, "l1", path.appending(path: \.l1), 1e6...1e15),
            MachineField(section, "l2", path.appending(path: \.l2), 1e6...1e15),
            MachineField(section, "l3", path.appending(path: \.l3), 1e6...1e15),
            MachineField(section, "memory", path.appending(path: \.memory), 1e6...1e15),
        ]
    }

    private static var tiles: [MachineField] {
        let section = "tiles"
        return [
            MachineField(section, "target_multiply_adds", \.tiles.targetMultiplyAdds, 10_000...1e9),
            MachineField(section, "minimum_multiply_adds", \.tiles.minimumMultiplyAdds, 1000...1e9),
            MachineField(section, "wanted_tiles", \.tiles.wantedTiles, 1...4096),
            MachineField(section, "row_block", \.tiles.rowBlock, 12...4096),
            MachineField(section, "transformed_floats", \.tiles.transformedFloats, 4096...67_108_864),
            MachineField(section, "winograd_groups", \.tiles.winogradGroups, 12...1024),
            MachineField(section, "least_winograd_columns", \.tiles.leastWinogradColumns, 16...4096),
            MachineField(section, "smallest_pass_floats", \.tiles.smallestPassFloats, 256...16_777_216),
            MachineField(section, "largest_pass_floats", \.tiles.largestPassFloats, 256...16_777_216),
            MachineField(section, "whole_norm_values", \.tiles.wholeNormValues, 1024...16_777_216),
        ]
    }
}

extension MachineProfile {
    /// Checks every number.
    ///
    /// - Throws: `PlanningError.machine` for the first that no machine has.
    func validate() throws(PlanningError) {
        for field in MachineField.all where !field.accepts(field.value(in: self)) {
            throw .machine(
                profile: name, field: field.name, found: field.value(in: self), expected: field.expected)
        }
    }
}
