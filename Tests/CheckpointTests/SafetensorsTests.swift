import Foundation
import Testing

@testable import Checkpoint

@Suite struct SafetensorsTests {
    /// The bytes of a file with that header, length first.
    private static func file(_ header: String, data: [UInt8]) -> [UInt8] {
        let text = Array(header.utf8)
        return (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text + data
    }

    private static func open(_ bytes: [UInt8], in folder: String) throws -> TensorFile {
        let path = folder + "/file.safetensors"
        try Data(bytes).write(to: URL(filePath: path))
        return try TensorFile(path: path)
    }

    /// A header with one F32 tensor of the given entry and eight bytes of data.
    private static func header(_ text: String, dataBytes: Int = 8) throws -> SafetensorsHeader {
        try SafetensorsHeader(Array(text.utf8), dataBytes: dataBytes, file: "file")
    }

    @Test(arguments: [
        "", " {}", "[]", "{", #"{"a":1}"#, #"{"a":{}}"#, #"{"a":null}"#,
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}"#,
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#,
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}}"#,
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8.0]}}"#,
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}"#,
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,9]}}"#,
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
        #"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#,
        #"{"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}"#,
        #"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#,
        #"{"a":{"dtype":"f32","shape":[2],"data_offsets":[0,8]}}"#,
        #"{"a":{"dtype":32,"shape":[2],"data_offsets":[0,8]}}"#,
        #"{"a":{"dtype":"F32","data_offsets":[0,8]}}"#,
        #"{"a":{"dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8]}}"#,
        #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}"#,
        #"{"a":{"dtype":"F32","shape":[4611686018427387904,4,0],"data_offsets":[0,0]}}"#,
        #"{"a":{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,8]}}"#,
        #"{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}}"#,
        #"{"a":{"dtype":"U8","shape":[6],"data_offsets":[0,6]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}"#,
        #"{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}"#,
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"I32","shape":[2],"data_offsets":[0,8]}}"#,
        #"{"__metadata__":{"a":1},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
        #"{"__metadata__":{},"__metadata__":{},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
        #"{"__metadata__":[],"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} x"#,
        #"{"a":{"dtype":"F32","shape":[2,NaN],"data_offsets":[0,8]}}"#,
    ])
    func malformedHeaders(text: String) {
        #expect(throws: CheckpointError.self) { try Self.header(text) }
    }

    /// Tensors without elements may have dimensions of any size; an error about them stays short.
    @Test func shapesOfManyLongSizes() throws {
        let shape = [0] + Array(repeating: Int.max, count: 63)
        let tensors = (0..<9).map { StoredTensor(name: "t\($0)", elementType: .f32, shape: shape, position: 0) }
        let file = FileDescriptor(path: "file", holding: [])
        let dict = StateDict(path: "file", files: [file], tensors: tensors)
        let expected = tensors.map { ExpectedTensor(name: $0.name, shape: [2], role: .bias) }
        let error = #expect(throws: CheckpointError.self) { try dict.fitted(to: expected) }
        #expect(error?.isOneGoodLine == true, "\(error as Any)")
    }

    @Test(arguments: [
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}   "#,
        #"{"a":{"data_offsets":[0,8],"more":[{}],"shape":[2,1,1],"dtype":"F32"}}"#,
        #"{"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}"#,
        #"{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},"z":{"dtype":"F32","shape":[0,9],"data_offsets":[8,8]}}"#,
        #"{"a":{"dtype":"F4","shape":[16],"data_offsets":[0,8]}}"#,
        #"{"a":{"dtype":"C64","shape":[1],"data_offsets":[0,8]}}"#,
        #"{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
    ])
    func wellFormedHeaders(text: String) throws {
        let header = try Self.header(text)
        #expect(header["a"] != nil)
        #expect(header["nowhere"] == nil)
    }

    /// One character may be any number of bytes.
    @Test func namesAreShort() throws {
        for count in [2000, 3000] {
            let name = "e" + String(repeating: "\u{301}", count: count)
            let text = #"{"\#(name)":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#
            let error = #expect(throws: CheckpointError.self) { try Self.header(text) }
            #expect(try #require(error).description.utf8.count < 1000)
            guard case .malformedTensor(_, name, _)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
        let long = String(repeating: "n", count: SafetensorsHeader.maximumName + 1)
        #expect(throws: CheckpointError.self) {
            try Self.header(#"{"\#(long)":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#)
        }
    }

    // MARK: - Damage

    private static let small = file(
        #"{"__metadata__":{"é":"\u00e9"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"#
            + #""b.c":{"dtype":"F16","shape":[1,3],"data_offsets":[8,14]}}"#,
        data: Array(repeating: 0x3C, count: 14))

    @Test func truncationAtEveryByteIsRefused() throws {
        try Fixtures.withTemporaryFolder { folder in
            #expect(throws: Never.self) { try Self.open(Self.small, in: folder) }
            for count in 0..<Self.small.count {
                #expect(throws: CheckpointError.self) { try Self.open(Array(Self.small.prefix(count)), in: folder) }
            }
        }
    }

    /// A flipped byte gives an error or a file whose every tensor can be read; never a trap.
    @Test func flippedBytes() throws {
        var random = SplitMix64(state: 1)
        try Fixtures.withTemporaryFolder { folder in
            for _ in 0..<1000 {
                var bytes = Self.small
                for _ in 0..<Int.random(in: 1...3, using: &random) {
                    bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                guard let file = try? Self.open(bytes, in: folder) else { continue }
                for tensor in file.tensors {
                    _ = try? file.floats(named: tensor.name)
                    _ = try? file.numbers(named: tensor.name)
                    _ = try? file.integers(named: tensor.name)
                }
            }
        }
    }

    /// Configurations with flipped bytes are parsed, validated and turned into a list of tensors, or refused.
    @Test func flippedBytesOfConfigurations() throws {
        var random = SplitMix64(state: 2)
        let folder = Fixtures.visible.appending(path: "default_3level/config.json")
        let original = Array(try Data(contentsOf: folder))
        var accepted = 0
        for _ in 0..<2000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 32...126, using: &random)
            }
            guard let configuration = try? UNet1DConfiguration.parse(bytes, file: "file").configuration,
                let network = try? Network(configuration)
            else { continue }
            accepted += 1
            #expect(!network.tensors.isEmpty)
        }
        #expect(accepted > 0)
    }

    // MARK: - Numbers

    @Test func everyNumericType() throws {
        let header =
            #"{"f16":{"dtype":"F16","shape":[6],"data_offsets":[0,12]},"bf16":{"dtype":"BF16","shape":[2],"data_offsets":[12,16]},"#
            + #""f64":{"dtype":"F64","shape":[],"data_offsets":[16,24]},"i64":{"dtype":"I64","shape":[2],"data_offsets":[24,40]},"#
            + #""u64":{"dtype":"U64","shape":[1],"data_offsets":[40,48]},"i8":{"dtype":"I8","shape":[1],"data_offsets":[48,49]},"#
            + #""u8":{"dtype":"U8","shape":[1],"data_offsets":[49,50]},"i16":{"dtype":"I16","shape":[1],"data_offsets":[50,52]},"#
            + #""u32":{"dtype":"U32","shape":[1],"data_offsets":[52,56]},"bool":{"dtype":"BOOL","shape":[1],"data_offsets":[56,57]}}"#
        var data: [UInt8] = [0x00, 0x3C, 0x01, 0x00, 0xFF, 0x7B, 0x00, 0xFC, 0x00, 0x80, 0x01, 0x7C]
        data += [0x80, 0x3F, 0x80, 0xBF]
        data += [0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xF8, 0xBF]
        data += [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F] + Array(repeating: 0xFF, count: 8)
        data += Array(repeating: 0xFF, count: 8)
        data += [0x80, 0x80, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1]
        try Fixtures.withTemporaryFolder { folder in
            let file = try Self.open(Self.file(header, data: data), in: folder)
            let halves = try file.floats(named: "f16")
            #expect(halves.dropLast().elementsEqual([1, 0x1p-24, 65504, -.infinity, 0]))
            #expect(halves[4].sign == .minus)
            #expect(halves[5].isNaN)
            #expect(try file.floats(named: "bf16") == [1, -1])
            #expect(try file.numbers(named: "f64") == TensorNumbers(values: [-1.5], shape: [], elementType: .f64))
            #expect(try file.integers(named: "i64") == [.max, -1])
            #expect(try file.numbers(named: "u64").values == [0x1p64])
            #expect(throws: CheckpointError.integerOverflow(file: file.path, tensor: "u64")) {
                try file.integers(named: "u64")
            }
            #expect(try file.integers(named: "i8") == [-128])
            #expect(try file.integers(named: "u8") == [128])
            #expect(try file.numbers(named: "i16").values == [-2])
            #expect(try file.numbers(named: "u32").values == [4_294_967_295])
            #expect(throws: CheckpointError.self) { try file.numbers(named: "bool") }
            #expect(throws: CheckpointError.self) { try file.floats(named: "i64") }
            #expect(throws: CheckpointError.noSuchTensor(file: file.path, tensor: "x")) { try file.floats(named: "x") }
        }
    }

    // MARK: - Writing

    @Test func writtenFilesReadBack() throws {
        try Fixtures.withTemporaryFolder { folder in
            let path = folder + "/out.safetensors"
            let tensors = [
                WritableTensor(name: "sample", shape: [1, 2, 3], values: [1, -2, .infinity, 0, 0x1p-149, .pi]),
                WritableTensor(name: "a \"name\"\n\\é\u{1}", shape: [], values: [7]),
                WritableTensor(name: "empty", shape: [0, 4], values: []),
            ]
            for _ in 0..<2 { try SafetensorsWriter.write(tensors, to: path, metadata: ["format": "pt", "b": "\""]) }
            let file = try TensorFile(path: path)
            #expect(file.header.metadata == ["format": "pt", "b": "\""])
            for tensor in tensors {
                #expect(try file.floats(named: tensor.name) == tensor.values)
                #expect(try file.tensor(named: tensor.name).shape == tensor.shape)
            }
            // Chunks of raw bytes.
            var bytes = [UInt8](repeating: 0, count: 4)
            try bytes.withUnsafeMutableBytes { buffer in
                var span = buffer.mutableBytes
                try file.read(file.tensor(named: "sample"), from: 4, into: &span)
            }
            #expect(bytes == [0, 0, 0, 0xC0])
            // Nothing but the file is left in the folder.
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["out.safetensors"])
        }
    }

    @Test func refusedWritesLeaveNothingBehind() throws {
        try Fixtures.withTemporaryFolder { folder in
            let tensor = WritableTensor(name: "a", shape: [1], values: [1])
            for path in ["/dev/null", folder, folder + "/missing/out", "", folder + "/a\0b"] {
                #expect(throws: CheckpointError.self) { try SafetensorsWriter.write([tensor], to: path) }
            }
            let path = folder + "/out"
            for tensors in [
                [tensor, tensor], [WritableTensor(name: "a", shape: [2], values: [1])],
                [WritableTensor(name: "a", shape: [-1, -1], values: [1])],
                [WritableTensor(name: "a", shape: [.max, 3], values: [1])],
                [WritableTensor(name: "__metadata__", shape: [1], values: [1])],
            ] {
                #expect(throws: CheckpointError.self) { try SafetensorsWriter.write(tensors, to: path) }
            }
            let left = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(left.isEmpty)
        }
    }
}
