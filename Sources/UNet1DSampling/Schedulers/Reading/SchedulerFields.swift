package import Checkpoint

/// The fields of a scheduler_config.json by name.
///
/// A scheduler asks for each of its fields once. What it asked for is the list of its fields: `finish` refuses the rest,
/// so that names, defaults and errors follow from the reading alone.
package struct SchedulerFields {
    package let file: String
    /// The class that is read, which need not be the one that the file names.
    package let scheduler: String
    /// The version of diffusers that wrote the file, where it says so.
    package let version: DiffusersVersion?
    private var values: [String: JSONValue] = [:]
    /// The fields that were asked for, in that order.
    package private(set) var asked: [String] = []
    /// What was ignored, a sentence each.
    package private(set) var notes: [String] = []

    /// The members of `object` that count: the last of duplicates, none whose key starts with an underscore, none that
    /// `_use_default_values` lists. Source: diffusers 0.26.3, configuration_utils.py, `extract_init_dict`.
    init(_ object: JSONValue, scheduler: String, file: String) throws(SchedulerError) {
        guard case .object(let members) = object else {
            throw .value(
                file: file, field: "the configuration", found: object.summary, expected: "an object",
                remedy: "give a scheduler_config.json")
        }
        self.file = file
        self.scheduler = scheduler
        if case .string(let text) = object["_diffusers_version"] {
            version = DiffusersVersion(text)
        } else {
            version = nil
        }
        for member in members where !member.key.hasPrefix("_") { values[member.key] = member.value }
        if case .array(let defaulted) = object["_use_default_values"] {
            for case .string(let key) in defaulted { values[key] = nil }
        }
    }

    // MARK: - Accessors

    private mutating func value(_ field: String) -> JSONValue? {
        asked.append(field)
        return values[field]
    }

    /// A whole number.
    mutating func integer(
        _ field: String, default standard: Int, in range: ClosedRange<Int>
    ) throws(SchedulerError) -> Int {
        guard let value = value(field) else { return standard }
        if case .integer(let number) = value, range.contains(number) { return number }
        throw refused(field, value, "a whole number from \(range.lowerBound) to \(range.upperBound)", "\(standard)")
    }

    /// A number that passes a test, which `expected` puts in words.
    mutating func number(
        _ field: String, default standard: Double, expected: String = "a finite number",
        where isUsable: (Double) -> Bool = \.isFinite
    ) throws(SchedulerError) -> Double {
        guard let value = value(field) else { return standard }
        if let number = Self.number(value), isUsable(number) { return number }
        throw refused(field, value, expected, "\(standard)")
    }

    /// A number, or nil for null and where the field is missing.
    mutating func optionalNumber(_ field: String) throws(SchedulerError) -> Double? {
        guard let value = value(field), value != .null else { return nil }
        if let number = Self.number(value), number.isFinite { return number }
        throw refused(field, value, "a finite number or null", "null")
    }

    /// A truth value; null is false.
    mutating func truth(_ field: String, default standard: Bool) throws(SchedulerError) -> Bool {
        switch value(field) {
        case nil: return standard
        case .null: return false
        case .bool(let found): return found
        case .integer(let number) where number == 0 || number == 1: return number == 1
        case .some(let other): throw refused(field, other, "true or false", "\(standard)")
        }
    }

    /// One of a closed set of names. `aliases` are names that mean another one.
    mutating func name<Name: RawRepresentable & CaseIterable>(
        _ field: String, default standard: Name, aliases: [String: Name] = [:]
    ) throws(SchedulerError) -> Name where Name.RawValue == String {
        guard let value = value(field) else { return standard }
        if case .string(let text) = value, let name = Name(rawValue: text) ?? aliases[text] { return name }
        let names = Name.allCases.map(\.rawValue).joined(separator: ", ")
        throw refused(field, value, "one of \(names)", standard.rawValue)
    }

    /// A list of numbers; nil for null and where the field is missing.
    mutating func numbers(_ field: String) throws(SchedulerError) -> [Double]? {
        guard let value = value(field), value != .null else { return nil }
        if case .array(let elements) = value {
            let numbers = elements.compactMap(Self.number)
            if numbers.count == elements.count { return numbers }
        }
        throw refused(field, value, "a list of numbers or null", "null")
    }

    /// A list of whole numbers, empty where the field is missing.
    mutating func integers(_ field: String) throws(SchedulerError) -> [Int] {
        guard let value = value(field), value != .null else { return [] }
        var integers: [Int] = []
        guard case .array(let elements) = value else { throw refused(field, value, "a list of whole numbers", "[]") }
        for case .integer(let number) in elements { integers.append(number) }
        if integers.count == elements.count { return integers }
        throw refused(field, value, "a list of whole numbers", "[]")
    }

    /// A field of diffusers that changes nothing at one value, and cannot be had at others. Null counts as that value.
    mutating func only(_ standard: JSONValue, for field: String, remedy: String? = nil) throws(SchedulerError) {
        guard let value = value(field), value != standard, value != .null else { return }
        throw .value(
            file: file, field: field, found: value.summary, expected: standard.summary,
            remedy: remedy ?? "nothing else is supported for \(scheduler)")
    }

    // MARK: - What is left

    /// Refuses fields that nobody asked for, except those of diffusers' other schedulers: diffusers itself keeps them when a
    /// configuration is read as another class, and ignores them.
    ///
    /// - Parameter foreign: the fields of other schedulers.
    mutating func finish(foreign: Set<String>) throws(SchedulerError) {
        for field in values.keys.sorted() where !asked.contains(field) {
            guard foreign.contains(field) else {
                throw .unknownField(file: file, scheduler: scheduler, field: field, known: asked)
            }
            notes.append("\(file): \(field) is a field of other schedulers, which \(scheduler) ignores")
        }
    }

    private static func number(_ value: JSONValue) -> Double? {
        switch value {
        case .integer(let number): Double(number)
        case .double(let number): number
        default: nil
        }
    }

    private func refused(_ field: String, _ value: JSONValue, _ expected: String, _ standard: String) -> SchedulerError
    {
        .value(
            file: file, field: field, found: value.summary, expected: expected,
            remedy: "correct it, or remove it for the default, \(standard)")
    }

    /// Refuses a value that was read, in combination with others.
    func refusal(_ field: String, found: String, expected: String, remedy: String) -> SchedulerError {
        .value(file: file, field: field, found: found, expected: expected, remedy: remedy)
    }
}
