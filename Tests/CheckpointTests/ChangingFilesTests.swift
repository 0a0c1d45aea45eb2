import Foundation
import Testing

@testable import Checkpoint

/// Files that somebody writes to, or replaces, while they are open.
@Suite struct ChangingFilesTests {
    /// Writes another byte into a file, which keeps its size.
    private static func change(_ path: String, at position: Int = 0) throws {
        let file = try #require(FileHandle(forUpdatingAtPath: path))
        try file.seek(toOffset: UInt64(position))
        let byte = try #require(try file.read(upToCount: 1)?.first)
        try file.seek(toOffset: UInt64(position))
        try file.write(contentsOf: Data([~byte]))
        try file.close()
    }

    /// Gives files a time long ago: one that is changed within a tick of the file system's clock looks as it was.
    private static func age(_ folder: String) throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: 1_700_000_000)], ofItemAtPath: folder + "/" + name)
        }
    }

    @Test(arguments: ["safetensors", "zip", "legacy", "shards", "shards-bin"])
    func ofTheSameSize(format: String) throws {
        try Fixtures.withTemporaryFolder { parent in
            let folder = parent + "/model"
            try FileManager.default.copyItem(
                atPath: Fixtures.folder.appending(path: "formats/\(format)").path(), toPath: folder)
            try Self.age(folder)
            let files = try ModelDirectory(folder).open()
            let tensor = try files.tensors.tensor(named: files.expectedTensors[0].name)
            _ = try files.tensors.bytes(of: tensor)
            let path = files.tensors.path(of: tensor)
            try Self.change(path, at: tensor.position)
            let error = CheckpointError.fileChanged(file: path)
            #expect(error.isOneGoodLine)
            #expect(throws: error) { try files.tensors.bytes(of: tensor) }
            // Whoever opens it anew reads what is there now.
            let anew = try ModelDirectory(folder).open()
            #expect(throws: Never.self) { try anew.tensors.bytes(of: tensor) }
        }
    }

    /// config.json and an index are read as this one is.
    @Test func wholeFiles() throws {
        try Fixtures.withTemporaryFolder { folder in
            let path = folder + "/config.json"
            try Data("{}".utf8).write(to: URL(filePath: path))
            try Self.age(folder)
            let file = try FileDescriptor(reading: path)
            try Self.change(path)
            #expect(throws: CheckpointError.fileChanged(file: path)) { try file.bytes(file.size) }
            let longer = try FileDescriptor(reading: path)
            try Data("{\"a\": 1}".utf8).write(to: URL(filePath: path), options: [])
            #expect(throws: CheckpointError.fileChanged(file: path)) { try longer.bytes(longer.size) }
        }
    }

    /// A trainer that renames a new file to the old one's name leaves the old one's bytes to whoever has it open.
    @Test func replacedFilesAreRead() throws {
        try Fixtures.withTemporaryFolder { folder in
            let path = folder + "/last.ckpt"
            try Data("old".utf8).write(to: URL(filePath: path))
            try Self.age(folder)
            let file = try FileDescriptor(reading: path)
            try FileManager.default.moveItem(atPath: path, toPath: folder + "/aside")
            #expect(try file.bytes(3) == Array("old".utf8))
            try Data("new".utf8).write(to: URL(filePath: path))
            try FileManager.default.removeItem(atPath: folder + "/aside")
            #expect(try file.bytes(3) == Array("old".utf8))
        }
    }
}
