import Checkpoint
public import UNet1D

// The file of a machine profile. The schema is in Profiles/Machines/README.md and in Profiles/Schemas.

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
        let fields = try ProfileText(bytes, file: file)
        try fields.check([], known: Self.keys)
        try fields.check(schema: Self.schema)
        for section in Self.sections {
            try fields.check([section], known: MachineField.all.filter { $0.section == section }.map(\.key))
        }
        self = .builtIn
        name = try fields.text("name")
        guard Self.isName(name) else { throw fields.wrong(["name"], expected: Self.nameRule) }
        processor = try fields.text("processor")
        for field in MachineField.all {
            let path = (field.section.map { [$0] } ?? []) + [field.key]
            let expected = "\(field.expected); unet1d-bench tune writes a whole machine profile"
            field.set(try fields.number(path, expected: expected, accepts: field.accepts), in: &self)
        }
    }

    /// Every key of a file, all of which must be there.
    static var keys: [String] {
        ["schema", "name", "processor"] + MachineField.all.filter { $0.section == nil }.map(\.key) + sections
    }

    /// The objects of a file, in its order.
    static var sections: [String] {
        MachineField.all.reduce(into: []) { found, field in
            if let section = field.section, !found.contains(section) { found.append(section) }
        }
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
