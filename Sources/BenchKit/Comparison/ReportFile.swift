import Checkpoint

/// A report's JSON as a file holds it, with errors that name file, field, what was found and what was expected.
struct ReportFile {
    let path: String
    private let json: JSONValue

    /// Reads the file and checks its schema. Blocks on the disk.
    ///
    /// - Throws: `BenchError.file`, `BenchError.report`.
    init(_ path: String) throws(BenchError) {
        self.path = path
        let text = try files { () throws(CheckpointError) in
            try AtomicFile.read(path, limit: ComparedRun.maximumFileBytes)
        }
        if let other = Self.otherFormat(text) {
            throw .report(
                file: path, field: "the file", found: other, expected: "a report as run --format json writes it")
        }
        json = try files { () throws(CheckpointError) in
            try JSONReader.read(
                text, file: path,
                limits: JSONReader.Limits(depth: 64, values: 2 * Schedule.mostIterations, pythonNumbers: false))
        }
        guard case .object = json else {
            throw .report(file: path, field: "the file", found: json.summary, expected: "a report, an object")
        }
        if json["schema"] == .string(Sweep.schema) {
            throw wrong(
                "schema", found: "a sweep of several rows",
                expected: "a report of one: run each row with --output of its own")
        }
        if json["schema"] != .string(Report.schema) {
            throw wrong(
                "schema", found: json["schema"]?.summary ?? "nothing",
                expected: "\(Report.schema.quoted), as run --format json writes it")
        }
    }

    /// What a file is that is no JSON at all, by its first character: a report in another format.
    private static func otherFormat(_ text: some Sequence<UInt8>) -> String? {
        guard let first = text.first(where: { !" \t\r\n".utf8.contains($0) }) else { return "nothing" }
        switch Character(Unicode.Scalar(first)) {
        case "<": return "a page"
        case "{": return text.starts(with: #"{"run":"#.utf8) ? "JSON lines" : nil
        case "[", "\"", "-", "0"..."9", "t", "f", "n": return nil
        default: return "text that is no JSON"
        }
    }

    /// The member at a path with dots; nil where it or what it is in is missing or null.
    subscript(field: String) -> JSONValue? {
        var value: JSONValue? = json
        for key in field.split(separator: ".") { value = value?[String(key)] }
        return value == .null ? nil : value
    }

    /// A number; nil where it is missing or null.
    func number(_ field: String) throws(BenchError) -> Double? {
        guard let value = self[field] else { return nil }
        guard let number = value.number, number.isFinite, abs(number) < 1e15 else {
            throw wrong(field, found: value.summary, expected: "a number")
        }
        return number
    }

    /// A list of times, each above zero.
    func numbers(_ field: String) throws(BenchError) -> [Double] {
        guard case .array(let values)? = self[field] else {
            throw wrong(field, found: self[field]?.summary ?? "nothing", expected: "a list of milliseconds")
        }
        var numbers: [Double] = []
        numbers.reserveCapacity(values.count)
        for (index, value) in values.enumerated() {
            guard let number = value.number, number.isFinite, number > 0 else {
                throw wrong("\(field)[\(index)]", found: value.summary, expected: "milliseconds, a number above 0")
            }
            numbers.append(number)
        }
        return numbers
    }

    /// A value in words: texts as they are, and null as none.
    func words(_ field: String) -> String? {
        var value: JSONValue? = json
        for key in field.split(separator: ".") { value = value?[String(key)] }
        return switch value {
        case .string(let text)?: text.cut(200)
        case .null?: "none"
        default: value?.summary
        }
    }

    /// The error of a member.
    func wrong(_ field: String, found: String, expected: String) -> BenchError {
        .report(file: path, field: field, found: found, expected: expected)
    }
}
