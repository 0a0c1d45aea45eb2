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
        guard let setting = Setting.named(name), setting.isProfileOption else {
            throw .profile(file: file, problem: "options.\(name.cut(40)) is not a flag of this command")
        }
        func fail(_ expected: String) -> BenchError {
            .profile(file: file, problem: "options.\(name) is \(value.kind), expected \(expected)")
        }
        switch setting.kind {
        case .integer(let path):
            guard case .integer(let number) = value else { throw fail("an integer") }
            self[keyPath: path] = number
        case .number(let path):
            guard let number = value.number else { throw fail("a number") }
            self[keyPath: path] = number
        case .text(let path):
            guard case .string(let text) = value else { throw fail("a string") }
            self[keyPath: path] = text
        case .textOrInteger(let path):
            switch value {
            case .string(let text): self[keyPath: path] = text
            case .integer(let number): self[keyPath: path] = "\(number)"
            default: throw fail("a string or an integer")
            }
        case .truth(let path):
            guard case .bool(let truth) = value else { throw fail("true or false") }
            self[keyPath: path] = truth
        }
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
}
