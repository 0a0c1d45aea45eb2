import Checkpoint

/// The text of a workload's or a machine's profile: what its members hold, and errors that name file, line and field.
struct ProfileText {
    /// What errors call it.
    let file: String
    private let bytes: [UInt8]
    private let json: JSONValue

    /// Reads a text.
    ///
    /// - Throws: `BenchError.profile` where it is not JSON.
    init(_ bytes: [UInt8], file: String) throws(BenchError) {
        self.bytes = bytes
        self.file = file
        do throws(CheckpointError) {
            json = try JSONReader.read(bytes, file: file)
        } catch {
            guard case .malformedJSON(_, let offset, let problem) = error else { throw .file(error) }
            throw .profile(
                file: file, line: JSONReader.line(ofByte: offset, in: bytes),
                problem: "is not valid JSON: \(problem); correct it there")
        }
    }

    /// A member of the file's object.
    subscript(key: String) -> JSONValue? { json[key] }

    /// What is at the end of some keys; the whole text where there are none.
    private func value(_ keys: [String]) -> JSONValue? {
        keys.reduce(json) { value, key in value?[key] }
    }

    /// Checks that there is an object with known keys, each once.
    ///
    /// - Parameter keys: the keys that lead to it; none: it is the file's.
    func check(_ keys: [String], known: [String]) throws(BenchError) {
        guard case .object(let members)? = value(keys) else { throw wrong(keys, expected: "an object") }
        var seen: Set<String> = []
        for member in members {
            let path = keys + [member.key]
            guard known.contains(member.key) else {
                let nearest = Spelling.nearest(to: member.key, among: known)
                let remedy = nearest.map { "did you mean \($0)? " } ?? ""
                throw fail(path, "unknown key \(name(path)); \(remedy)keys: \(known.joined(separator: ", "))")
            }
            guard seen.insert(member.key).inserted else {
                throw fail(path, "the key \(name(path)) is there twice, expected once")
            }
        }
    }

    /// Checks the value of `schema`.
    func check(schema: String) throws(BenchError) {
        guard json["schema"] == .string(schema) else { throw wrong(["schema"], expected: schema.quoted) }
    }

    /// A string with something in it.
    func text(_ key: String) throws(BenchError) -> String {
        guard case .string(let text)? = json[key], !text.isEmpty else {
            throw wrong([key], expected: "a string with something in it")
        }
        return text
    }

    /// An integer.
    func integer(_ key: String, atLeast minimum: Int) throws(BenchError) -> Int {
        guard case .integer(let number)? = json[key], number >= minimum else {
            throw wrong([key], expected: "an integer, \(minimum) or more")
        }
        return number
    }

    /// A number of any kind, which `accepts` may refuse.
    func number(
        _ keys: [String], expected: String = "a number", accepts: (Double) -> Bool = { _ in true }
    ) throws(BenchError) -> Double {
        guard let number = value(keys)?.number, accepts(number) else { throw wrong(keys, expected: expected) }
        return number
    }

    /// A member that is missing or holds something else than `expected`.
    func wrong(_ keys: [String], expected: String) -> BenchError {
        let found = value(keys)?.shown ?? "missing"
        return fail(keys, "\(keys.isEmpty ? "the file" : name(keys)) is \(found), expected \(expected)")
    }

    /// A problem with a member; the line is that of its object where it is not there.
    func fail(_ keys: [String], _ problem: String) -> BenchError {
        .profile(file: file, line: JSONReader.line(of: keys, in: bytes), problem: problem)
    }

    /// A member as errors call it.
    private func name(_ keys: [String]) -> String { keys.map { $0.cut(60) }.joined(separator: ".") }
}

extension JSONValue {
    /// What a message says was found: a short string as it stands.
    fileprivate var shown: String {
        if case .string(let text) = self { return text.utf8.count <= 40 ? text.quoted : "a long string" }
        return kind
    }

    /// What a message says was found.
    private var kind: String {
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
