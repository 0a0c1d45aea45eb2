import Testing

@testable import Checkpoint

@Suite struct JSONReaderTests {
    private func read(_ text: String, _ limits: JSONReader.Limits = .configuration) throws -> JSONValue {
        try JSONReader.read(Array(text.utf8), file: "file", limits: limits)
    }

    @Test(arguments: [
        ("null", JSONValue.null), (" true ", .bool(true)), ("false", .bool(false)),
        ("0", .integer(0)), ("-0", .integer(0)), ("9223372036854775807", .integer(.max)),
        ("-9223372036854775808", .integer(.min)), ("9223372036854775808", .double(0x1p63)),
        ("1.0", .double(1)), ("1e2", .double(100)), ("-2.5E-1", .double(-0.25)), ("1e999", .double(.infinity)),
        ("Infinity", .double(.infinity)), ("-Infinity", .double(-.infinity)),
        (#""aé😀""#, .string("aé😀")), (#""\u00e9\n\"\\\/""#, .string("é\n\"\\/")),
        (#""\ud83d\ude00""#, .string("😀")), ("[]", .array([])),
        ("[1,[2]]", .array([.integer(1), .array([.integer(2)])])),
        ("{}", .object([])),
        (
            #"{"a":1,"b":[],"a":2}"#,
            .object([
                .init(key: "a", value: .integer(1)), .init(key: "b", value: .array([])),
                .init(key: "a", value: .integer(2)),
            ])
        ),
    ])
    func accepts(text: String, value: JSONValue) throws {
        #expect(try read(text) == value)
    }

    @Test(arguments: [
        "", " ", "nul", "tru", "01", "-", "+1", "1.", ".5", "1e", "0x1", "1 2", "[1,]", "[,]", "[1", "{", "{}}",
        "[1 2]",
        #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, "{a:1}", "{1:2}", #"""#, #""\"#, #""\x""#, #""\u12"#, #""\u12g4""#,
        #""\ud800""#,
        #""\ud800\u0041""#, #""\udc00""#, "\"\u{1}\"", "\"\n\"", "\u{FEFF}1", "'a'", "// x\n1", "NaNa",
    ])
    func refuses(text: String) {
        #expect(throws: CheckpointError.self) { try read(text) }
    }

    @Test func keepsTheLastOfDuplicates() throws {
        #expect(try read(#"{"a":1,"b":3,"a":2}"#)["a"] == .integer(2))
        #expect(try read(#"{"a":1}"#)["c"] == nil)
        #expect(try read("[]")["a"] == nil)
    }

    @Test func numbersOfPythonOnlyWhereAllowed() throws {
        guard case .double(let nan) = try read("NaN") else { throw CheckpointError.fileShrank(file: "") }
        #expect(nan.isNaN)
        for text in ["NaN", "Infinity", "-Infinity"] {
            #expect(throws: CheckpointError.self) { try read(text, .safetensors) }
        }
    }

    @Test func limits() throws {
        let limits = JSONReader.Limits(depth: 3, values: 10, pythonNumbers: false)
        #expect(throws: Never.self) { try read("[[[1]]]", limits) }
        #expect(throws: CheckpointError.self) { try read("[[[[1]]]]", limits) }
        #expect(throws: Never.self) { try read("[1,2,3,4,5,6,7,8,9]", limits) }
        #expect(throws: CheckpointError.self) { try read("[1,2,3,4,5,6,7,8,9,10]", limits) }
        #expect(throws: CheckpointError.self) { try read(String(repeating: "1", count: 5000)) }
        #expect(throws: CheckpointError.self) { try read(String(repeating: "{\"a\":", count: 100_000)) }
        #expect(throws: CheckpointError.self) { try read(String(repeating: "[", count: 600_000)) }
    }

    /// Overlong forms, surrogates, lone continuation bytes, bytes beyond Unicode.
    @Test(
        arguments: [[0xC0, 0x80], [0xED, 0xA0, 0x80], [0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82], [0xFF]]
            as [[UInt8]])
    func refusesInvalidUTF8(bytes: [UInt8]) {
        #expect(throws: CheckpointError.self) { try JSONReader.read([0x22] + bytes + [0x22], file: "file") }
    }

    /// Half a megabyte of ordinary text is a matter of a moment, even unoptimised.
    @Test(.timeLimit(.minutes(1))) func largeTexts() throws {
        let long = String(repeating: "x", count: 600_000)
        #expect(try read("\"\(long)\"") == .string(long))
        #expect(
            try read("\"" + String(repeating: "\\n", count: 300_000) + "\"")
                == .string(String(repeating: "\n", count: 300_000)))
        let list = "[" + String(repeating: "1,", count: 150_000) + "1]"
        #expect(try read(list) == .array(Array(repeating: .integer(1), count: 150_001)))
    }
}
