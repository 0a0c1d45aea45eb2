import Checkpoint

extension Settings {
    /// Reads a profile's `options`: flags without their dashes.
    ///
    /// - Throws: `BenchError.profile` for an unknown name or a value of the wrong kind.
    init(_ profile: ProfileText) throws(BenchError) {
        self.init()
        try profile.check(["options"], known: Setting.all.filter(\.isProfileOption).map(\.name))
        guard case .object(let members)? = profile["options"] else { return }
        for member in members { try set(member.key, member.value, profile) }
    }

    private mutating func set(_ name: String, _ value: JSONValue, _ profile: ProfileText) throws(BenchError) {
        guard let setting = Setting.named(name) else { return }
        func fail(_ expected: String) -> BenchError { profile.wrong(["options", name], expected: expected) }
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
