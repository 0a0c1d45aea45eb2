import Foundation
import TestSupport
import Testing

@testable import Checkpoint

/// Archives made by hand.
@Suite struct ZipTests {
    private static func open(_ bytes: [UInt8]) throws -> ZipDirectory {
        try Fixtures.withTemporaryFolder { folder in
            try Data(bytes).write(to: URL(filePath: folder + "/file"))
            return try ZipDirectory(FileDescriptor(reading: folder + "/file"))
        }
    }

    /// An archive of three entries, with a fault in the middle one.
    private static func archive(_ edit: (inout ZipBytes.Entry) -> Void = { _ in }) -> ZipBytes {
        var middle = ZipBytes.Entry("archive/data/0", Array(2..<10))
        edit(&middle)
        return ZipBytes([
            .init("archive/data.pkl", Array("}.".utf8)), middle, .init("archive/version", Array("3\n".utf8)),
        ])
    }

    private static func refused(_ part: String, _ archive: ZipBytes) {
        let error = #expect(throws: CheckpointError.self) { try open(archive.bytes) }
        guard let error else { return }
        #expect(error.isOneGoodLine)
        #expect(error.description.contains(part), "\(error)")
    }

    private static func refused(_ part: String, _ edit: (inout ZipBytes.Entry) -> Void) {
        refused(part, archive(edit))
    }

    @Test func entries() throws {
        var long = Self.archive { $0.isLong = true }
        long.isLong = true
        var comment = Self.archive()
        comment.comment = Array("PK\u{5}\u{6}".utf8) + Array(repeating: 0, count: 40)
        for archive in [Self.archive(), Self.archive { $0.isLong = true }, long, comment] {
            let bytes = archive.bytes
            let entries = try Self.open(bytes).entries
            #expect(entries.map(\.name) == ["archive/data.pkl", "archive/data/0", "archive/version"])
            #expect(Array(bytes[entries[1].bytes]) == Array(2..<10))
        }
        #expect(try Self.open(ZipBytes([]).bytes).entries.isEmpty)
    }

    @Test func cutOffAtEveryByte() {
        let bytes = Self.archive { $0.isLong = true }.bytes
        for count in 0..<bytes.count {
            #expect(throws: CheckpointError.self) { try Self.open(Array(bytes.prefix(count))) }
            #expect(throws: CheckpointError.self) { try Self.open(Array(bytes.dropFirst(count + 1))) }
        }
    }

    @Test func changedBytes() throws {
        var random = SplitMix64(state: 4)
        let good = Self.archive { $0.isLong = true }.bytes
        for _ in 0..<5000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            guard let entries = try? Self.open(bytes).entries else { continue }
            #expect(entries.allSatisfy { $0.bytes.upperBound <= bytes.count })
        }
    }

    @Test func refusals() {
        Self.refused("is compressed") { $0.method = 8 }
        Self.refused("is encrypted") { $0.flags = 1 }
        Self.refused("occurs twice") { $0.name = "archive/data.pkl" }
        Self.refused("has a name of 4097 bytes") { $0.name = String(repeating: "n", count: 4097) }
        // Two entries share their bytes, a part of them, or the whole archive.
        Self.refused("overlap") { $0.header = 0 }
        Self.refused("overlap") { $0.size = 9 }
        Self.refused("overlap") { $0.size = 40 }
        Self.refused("overlap") {
            $0.header = 0
            $0.size = 0
        }
        for size in [1 << 20, 1 << 40, .max] {
            Self.refused("beyond the end of the file") {
                $0.size = size
                $0.isLong = size > 1 << 32
            }
            Self.refused("beyond the end of the file") {
                $0.header = size
                $0.isLong = size > 1 << 32
            }
        }
        Self.refused("a length of") {
            $0.size = -1
            $0.isLong = true
        }
        Self.refused("an entry is missing") { $0.header = 1 }
        // All of eight bytes, and no extra field that has them.
        Self.refused("ends within an entry") { $0.size = 0xFFFF_FFFF }
    }

    @Test func wrongDirectories() {
        func refused(_ part: String, isLong: Bool = false, _ edit: (inout ZipBytes) -> Void) {
            var archive = Self.archive()
            archive.isLong = isLong
            edit(&archive)
            Self.refused(part, archive)
        }
        for count in [0, 2, 4] { refused("has not the \(count) entries") { $0.count = count } }
        refused("has 1099511627776 entries", isLong: true) { $0.count = 1 << 40 }
        refused("cannot be") { $0.directoryStart = 1 << 20 }
        refused("cannot be") { $0.directoryBytes = 1 << 20 }
        refused("cannot be", isLong: true) { $0.directoryStart = .max }
        refused("cannot be", isLong: true) { $0.directoryBytes = .max }
        refused("a length of", isLong: true) { $0.directoryBytes = -1 }
        refused("an entry is missing") { $0.directoryStart = 0 }
        refused("ends within an entry") { $0.directoryBytes = 60 }
        refused("the end of its directory is missing") { $0.directoryStart = 0xFFFF_FFFF }
        refused("it has no directory") { $0.comment = Array(repeating: 0, count: 65536) }
    }

    /// Many entries are read; too many are refused before they are.
    @Test func manyEntries() throws {
        let entries = (0..<10_000).map { ZipBytes.Entry("\($0)", []) }
        #expect(try Self.open(ZipBytes(entries).bytes).entries.count == 10_000)
        var archive = ZipBytes([])
        archive.isLong = true
        archive.count = ZipDirectory.maximumEntries + 1
        Self.refused("it has \(ZipDirectory.maximumEntries + 1) entries", archive)
    }

    // MARK: - Archives of torch

    private static func torch(_ entries: [ZipBytes.Entry]) throws -> StateDict {
        try Fixtures.withTemporaryFolder { folder in
            try Data(ZipBytes(entries).bytes).write(to: URL(filePath: folder + "/file"))
            return try StateDict(pickle: TorchFile(path: folder + "/file", foreign: .refused))
        }
    }

    @Test(arguments: [
        ([ZipBytes.Entry("archive/version", [51])], "no data.pkl"),
        ([.init("data.pkl", Array("}.".utf8))], "no data.pkl"),
        ([.init("a/data.pkl", Array("}.".utf8)), .init("a/constants.pkl", [])], "a TorchScript program"),
        ([.init("a/data.pkl", Array("}.".utf8)), .init("a/byteorder", Array("big".utf8))], "big-endian"),
        ([.init("a/data.pkl", Array("}.".utf8)), .init("a/byteorder", Array(repeating: 0, count: 99))], "big-endian"),
        ([.init("a/data.pkl", [])], "may be cut off"),
        ([.init("a/data.pkl", Array("}.".utf8))], "an empty dictionary"),
    ])
    func archivesWithoutTensors(entries: [ZipBytes.Entry], part: String) {
        let error = #expect(throws: CheckpointError.self) { try Self.torch(entries) }
        #expect(error?.description.contains(part) == true, "\(String(describing: error))")
    }
}
