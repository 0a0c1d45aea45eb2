import Checkpoint
public import UNet1D

// The file of a machine profile. The schema is in Profiles/Machines/README.md.

extension MachineProfile {
    /// The name and version of the file's form.
    static let schema = "unet1d-machine/1"

    /// The largest file that is read, in bytes.
    static let maximumFileBytes = 1 << 16

    /// Reads a machine profile's file. Blocks on the disk.
    ///
    /// - Throws: `BenchError.file`, `BenchError.profile` with the field that is wrong.
    public init(file: String) throws(BenchError) {
        let bytes = try files { () throws(CheckpointError) in
            try AtomicFile.read(file, limit: Self.maximumFileBytes)
        }
        try self.init(bytes, file: file)
    }

    /// Reads a machine profile's text; errors call it `file`.
    init(_ bytes: [UInt8], file: String) throws(BenchError) {
        let json = try files { () throws(CheckpointError) in try JSONReader.read(bytes, file: file) }
        let object = try MachineObject(json, file: file)
        self = .builtIn
        name = try object.text("name")
        guard Self.isName(name) else {
            throw object.wrong("name", found: name.quoted, expected: Self.nameRule)
        }
        processor = try object.text("processor")
        for field in MachineField.all { field.set(try object.number(field), in: &self) }
    }

    /// Whether a profile may be called that: its file bears the name.
    static func isName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count) && !name.hasPrefix(".")
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }

    /// The rule of `isName`, in words.
    static let nameRule = "1 to 64 letters, digits, dots, dashes or underscores, no dot first"

    /// The file's text.
    public var text: String {
        var members: [(key: String, value: FieldValue)] = [
            ("schema", .string(Self.schema)), ("name", .string(name)), ("processor", .string(processor)),
        ]
        var section: (name: String, members: [(key: String, value: FieldValue)])?
        /// Puts the section after the members.
        func close() {
            if let section { members.append((section.name, .object(section.members))) }
        }
        for field in MachineField.all {
            let member = (field.key, field.value(in: self).fieldValue)
            guard let name = field.section else {
                members.append(member)
                continue
            }
            if section?.name != name {
                close()
                section = (name, [])
            }
            section?.members.append(member)
        }
        close()
        return FieldValue.object(members).json() + "\n"
    }
}

/// The members of a machine profile's file: those that there should be, each once, and no others.
private struct MachineObject {
    let file: String
    private let json: JSONValue

    init(_ json: JSONValue, file: String) throws(BenchError) {
        self.json = json
        self.file = file
        let fields = MachineField.all
        let sections = Set(fields.compactMap(\.section))
        try check(json, nil, known: ["schema", "name", "processor"] + fields.map { $0.section ?? $0.key })
        guard case .string(MachineProfile.schema)? = json["schema"] else {
            throw wrong("schema", found: json["schema"]?.shown ?? "missing", expected: "\"\(MachineProfile.schema)\"")
        }
        for section in sections.sorted() {
            guard let object = json[section] else { throw wrong(section, found: "missing", expected: "an object") }
            try check(object, section, known: fields.filter { $0.section == section }.map(\.key))
        }
    }

    /// Checks that there is an object, without unknown or repeated keys.
    private func check(_ json: JSONValue, _ section: String?, known: [String]) throws(BenchError) {
        guard case .object(let members) = json else {
            throw wrong(section ?? "the file", found: json.shown, expected: "an object")
        }
        var seen: Set<String> = []
        for member in members {
            let name = ((section.map { $0 + "." } ?? "") + member.key).quoted
            guard known.contains(member.key) else {
                var keys: [String] = []
                for key in known where !keys.contains(key) { keys.append(key) }
                throw .profile(
                    file: file, problem: "unknown key \(name), expected one of \(keys.joined(separator: ", "))")
            }
            guard seen.insert(member.key).inserted else {
                throw .profile(file: file, problem: "the key \(name) is there twice, expected once")
            }
        }
    }

    func text(_ key: String) throws(BenchError) -> String {
        guard case .string(let text)? = json[key], !text.isEmpty else {
            throw wrong(key, found: json[key]?.shown ?? "missing", expected: "a string with something in it")
        }
        return text
    }

    func number(_ field: MachineField) throws(BenchError) -> Double {
        let value = (field.section.map { json[$0] } ?? json)?[field.key]
        guard let number = value?.number, field.accepts(number) else {
            throw wrong(field.name, found: value?.shown ?? "missing", expected: field.expected)
        }
        return number
    }

    func wrong(_ name: String, found: String, expected: String) -> BenchError {
        .profile(
            file: file,
            problem: "\(name) is \(found), expected \(expected); unet1d-bench tune writes a whole machine profile")
    }
}

extension JSONValue {
    /// What a message says was found: a short string as it stands.
    fileprivate var shown: String {
        if case .string(let text) = self { text.utf8.count <= 40 ? text.quoted : "a long string" } else { kind }
    }
}
