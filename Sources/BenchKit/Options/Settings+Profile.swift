import Checkpoint

extension Settings {
    /// Reads a profile's `options`: flags without their dashes.
    ///
    /// - Throws: `BenchError.profile` for an unknown name or a value of the wrong kind.
    init(options: JSONValue, file: String) throws(BenchError) {
        self.init()
        guard case .object(let members) = options else {
            throw .profile(file: file, problem: "options is \(options.kind), expected an object")
        }
        for member in members { try set(member.key, member.value, file: file) }
    }

    private mutating func set(_ name: String, _ value: JSONValue, file: String) throws(BenchError) {
        func fail(_ expected: String) -> BenchError {
            .profile(file: file, problem: "options.\(name) is \(value.kind), expected \(expected)")
        }
        if let path = Self.integers[name] {
            guard case .integer(let number) = value else { throw fail("an integer") }
            self[keyPath: path] = number
        } else if let path = Self.numbers[name] {
            guard let number = value.number else { throw fail("a number") }
            self[keyPath: path] = number
        } else if let path = Self.texts[name] {
            switch value {
            case .string(let text): self[keyPath: path] = text
            case .integer(let number) where name == "spin": self[keyPath: path] = "\(number)"
            default: throw fail("a string")
            }
        } else if let path = Self.truths[name] {
            guard case .bool(let truth) = value else { throw fail("true or false") }
            self[keyPath: path] = truth
        } else {
            throw .profile(file: file, problem: "options.\(name.prefix(40)) is not a flag of this command")
        }
    }

    // Batch, length and timestep are fields of the profile itself. Sendable: key paths of a struct of values.
    private static var integers: [String: WritableKeyPath<Settings, Int?>] {
        ["threads": \.threads, "warmup": \.warmup, "iterations": \.iterations, "turns": \.turns]
    }

    private static var numbers: [String: WritableKeyPath<Settings, Double?>] {
        ["duration": \.duration, "period": \.period, "deadline": \.deadline]
    }

    private static var texts: [String: WritableKeyPath<Settings, String?>] {
        [
            "isa": \.isa, "numa": \.numa, "accuracy": \.accuracy, "precision": \.precision, "spin": \.spin,
            "format": \.format, "output": \.output, "machine": \.machine, "trace": \.trace,
        ]
    }

    private static var truths: [String: WritableKeyPath<Settings, Bool?>] {
        ["cold": \.cold, "probe": \.probe, "quiet": \.quiet]
    }
}

extension JSONValue {
    /// What a message says was found.
    var kind: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .double(let value): "\(value)"
        case .string: "a string"
        case .array: "a list"
        case .object: "an object"
        }
    }

    /// An integer or any other number.
    var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }
}
