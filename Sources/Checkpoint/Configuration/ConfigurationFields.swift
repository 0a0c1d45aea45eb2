/// The fields of config.json by name, with the rules that diffusers' `from_config` and Python apply to their values.
///
/// Each accessor takes the default for a missing key and refuses a value that could not be used. A value that nothing
/// would look at may be anything, as in Python. It is noted where it is not the default: somebody meant something by it.
struct ConfigurationFields {
    let file: String
    private var values: [String: JSONValue] = [:]
    private(set) var notes: [String] = []

    /// The members of `object` that count: the last of duplicates, none whose key starts with an underscore, none that
    /// `_use_default_values` lists. Source: diffusers 0.26.3, configuration_utils.py, `extract_init_dict`.
    init(
        _ object: JSONValue, file: String, known: Set<String>, className: String = "UNet1DModel"
    ) throws(CheckpointError) {
        self.file = file
        guard case .object(let members) = object else {
            throw .wrongType(
                file: file, field: "the configuration", found: object.summary,
                expected: "an object with \(className)'s fields")
        }
        for member in members { values[member.key] = member.value }
        try dropDefaulted()
        if let name = values["_class_name"], name != .string(className) {
            switch name {
            case .string, .array: break
            default: throw wrongType("_class_name", name, "a string or a list of strings")
            }
            notes.append("\(file): _class_name is \(name.summary); read as \(className)")
        }
        var unknown: Set<String> = []
        for key in members.map(\.key) where !key.hasPrefix("_") && !known.contains(key) && unknown.insert(key).inserted
        {
            // A file of thousands of keys must not become thousands of notes.
            if unknown.count <= 16 {
                notes.append("\(file): \(key.quoted) is not a field of \(className) and is ignored")
            }
        }
    }

    private mutating func dropDefaulted() throws(CheckpointError) {
        guard let defaulted = values.removeValue(forKey: "_use_default_values") else { return }
        guard case .array(let keys) = defaulted else {
            throw wrongType("_use_default_values", defaulted, "a list of field names")
        }
        for case .string(let key) in keys { values[key] = nil }
    }

    // MARK: - Accessors

    mutating func integer(_ field: String, default standard: Int, used: Bool = true) throws(CheckpointError) -> Int {
        switch values[field] {
        case nil: return standard
        case .integer(let value): return noted(field, value, used: used, standard)
        case .some(let other): return try unusable(field, other, "an integer", used: used, standard)
        }
    }

    /// An integer or null that nothing in the model looks at, but that readers of the file do.
    mutating func remark(_ field: String, default standard: Int?) throws(CheckpointError) -> Int? {
        if case .integer(let value) = values[field] { return value }
        return try optionalInteger(field, default: standard, used: false)
    }

    mutating func optionalInteger(
        _ field: String, default standard: Int?, used: Bool = true
    ) throws(CheckpointError) -> Int? {
        switch values[field] {
        case nil: return standard
        case .null: return nil
        case .integer(let value): return noted(field, value, used: used, standard)
        case .some(let other): return try unusable(field, other, "an integer or null", used: used, standard)
        }
    }

    mutating func number(_ field: String, default standard: Double, used: Bool) throws(CheckpointError) -> Double {
        switch values[field] {
        case nil: return standard
        case .integer(let value): return noted(field, Double(value), used: used, standard)
        case .double(let value): return noted(field, value, used: used, standard)
        case .bool(let value): return noted(field, value ? 1 : 0, used: used, standard)
        case .some(let other): return try unusable(field, other, "a number", used: used, standard)
        }
    }

    /// A truth value as Python's `if` takes it.
    mutating func truth(_ field: String, default standard: Bool, used: Bool = true) -> Bool {
        let value: Bool
        switch values[field] {
        case nil: return standard
        case .bool(let found): return noted(field, found, used: used, standard)
        case .null: return false
        case .integer(let number): value = number != 0
        case .double(let number): value = number != 0
        case .string(let text): value = !text.isEmpty
        case .array(let elements): value = !elements.isEmpty
        case .object(let members): value = !members.isEmpty
        }
        notes.append("\(file): \(field) is \(values[field]?.summary ?? ""), which counts as \(value)")
        return value
    }

    mutating func integers(_ field: String, default standard: [Int]) throws(CheckpointError) -> [Int] {
        guard let value = values[field] else { return standard }
        guard case .array(let elements) = value else { throw wrongType(field, value, "a list of integers") }
        var integers: [Int] = []
        for (i, element) in elements.enumerated() {
            guard case .integer(let integer) = element else { throw wrongType("\(field)[\(i)]", element, "an integer") }
            integers.append(integer)
        }
        return integers
    }

    func name<Name: RawRepresentable & CaseIterable>(
        _ field: String, default standard: Name
    ) throws(CheckpointError) -> Name where Name.RawValue == String {
        guard let value = values[field] else { return standard }
        return try name(field, value)
    }

    func names<Name: RawRepresentable & CaseIterable>(
        _ field: String, default standard: [Name]
    ) throws(CheckpointError) -> [Name] where Name.RawValue == String {
        guard let value = values[field] else { return standard }
        guard case .array(let elements) = value else { throw wrongType(field, value, "a list of block types") }
        var names: [Name] = []
        for (i, element) in elements.enumerated() { names.append(try name("\(field)[\(i)]", element)) }
        return names
    }

    /// The value of a field as it stands; nil where it is missing or null.
    func value(_ field: String) -> JSONValue? { values[field].flatMap { $0 == .null ? nil : $0 } }

    /// The version in a text such as "0.26.3"; nil where it is missing, or cannot be read, which is noted.
    mutating func version(_ field: String) -> DiffusersVersion? {
        guard let value = values[field] else { return nil }
        if case .string(let text) = value, let version = DiffusersVersion(text) { return version }
        notes.append("\(file): \(field) is \(value.summary), which is no version such as 0.26.3, and is ignored")
        return nil
    }

    mutating func noteUnused(_ field: String) {
        notes.append("\(file): \(field) is \(values[field]?.summary ?? ""), which is ignored, as nothing looks at it")
    }

    private mutating func noted<Value: Equatable>(
        _ field: String, _ value: Value, used: Bool, _ standard: Value
    ) -> Value {
        if !used, value != standard { noteUnused(field) }
        return value
    }

    // MARK: - Refusals

    private func name<Name: RawRepresentable & CaseIterable>(
        _ field: String, _ value: JSONValue
    ) throws(CheckpointError) -> Name where Name.RawValue == String {
        if case .string(let text) = value, let name = Name(rawValue: text) { return name }
        throw .unknownName(file: file, field: field, found: value.summary, known: Name.allCases.map(\.rawValue))
    }

    private mutating func unusable<Value>(
        _ field: String, _ value: JSONValue, _ expected: String, used: Bool, _ standard: Value
    ) throws(CheckpointError) -> Value {
        if used { throw wrongType(field, value, expected) }
        noteUnused(field)
        return standard
    }

    func wrongType(_ field: String, _ value: JSONValue, _ expected: String) -> CheckpointError {
        .wrongType(file: file, field: field, found: value.summary, expected: expected)
    }
}
