import Foundation
import Testing

@testable import Checkpoint

/// Links that lead out of a model's folder, also those that take a folder's place while a file is opened.
@Suite struct ContainmentTests {
    /// A model's folder `model` with a file in `model/a/b`, and a folder of the same shape outside.
    private static func withFolders(_ body: (_ parent: String) throws -> Void) throws {
        try Fixtures.withTemporaryFolder { parent in
            // Tests compare paths without links.
            let parent = try #require(FileSystem.resolved(parent))
            for (folder, text) in [("model", "inside"), ("outside", "secret")] {
                try FileManager.default.createDirectory(
                    atPath: "\(parent)/\(folder)/a/b", withIntermediateDirectories: true)
                try text.write(toFile: "\(parent)/\(folder)/a/b/file", atomically: true, encoding: .utf8)
            }
            try body(parent)
        }
    }

    private static func text(_ file: FileDescriptor) throws -> String {
        String(decoding: try file.bytes(file.size), as: UTF8.self)
    }

    /// Puts a link to the same place outside where something was.
    private static func swap(_ parent: String, _ name: String) throws {
        try FileManager.default.removeItem(atPath: "\(parent)/model/\(name)")
        try FileManager.default.createSymbolicLink(
            atPath: "\(parent)/model/\(name)", withDestinationPath: "\(parent)/outside/\(name)")
    }

    /// What was checked is a path without links; each part of it that is one when the file is opened is refused.
    @Test(arguments: ["a", "a/b", "a/b/file"]) func aLinkThatTakesAPlace(name: String) throws {
        try Self.withFolders { parent in
            let path = parent + "/model/a/b/file"
            #expect(try Self.text(FileDescriptor(reading: path, at: path)) == "inside")
            try Self.swap(parent, name)
            let error = #expect(throws: CheckpointError.self) { try FileDescriptor(reading: path, at: path) }
            #expect(try #require(error).description.contains("symbolic link"))
            #expect(try #require(error).isOneGoodLine)
        }
    }

    /// Names are opened in the folder that was found, though a link has its name since.
    @Test func aLinkInPlaceOfTheFolder() throws {
        try Self.withFolders { parent in
            try "{}".write(toFile: parent + "/model/a/config.json", atomically: true, encoding: .utf8)
            let folder = try ModelDirectory(parent + "/model", lookup: ModelLookup(subfolder: "a"))
            try FileManager.default.copyItem(
                atPath: parent + "/model/a/config.json", toPath: parent + "/outside/a/config.json")
            try Self.swap(parent, "a")
            #expect(throws: CheckpointError.self) { try folder.readConfiguration() }
        }
    }

    /// Swaps a folder for a link and back while files are opened in it: nothing from outside is ever read.
    @Test func races() throws {
        try Self.withFolders { parent in
            let (inside, link) = (parent + "/model/a", parent + "/model/link")
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: parent + "/outside/a")
            let folder = ContainedFolder(parent + "/model", cache: HubCache(HubEnvironment { _ in nil }))
            let isDone = Flag()
            let swapper = Thread {
                while !isDone.value {
                    _ = rename(inside, parent + "/model/aside")
                    _ = rename(link, inside)
                    _ = rename(inside, link)
                    _ = rename(parent + "/model/aside", inside)
                }
                isDone.acknowledge()
            }
            swapper.start()
            defer {
                isDone.set()
                isDone.wait()
            }
            var opened = 0
            for _ in 0..<2000 {
                guard let file = try? folder.open("a/b/file") else { continue }
                #expect(try Self.text(file) == "inside")
                opened += 1
            }
            #expect(opened > 0)
        }
    }

    /// Two threads' word that one of them is to stop, and has.
    private final class Flag: @unchecked Sendable {
        // Both are behind the lock.
        private let lock = NSCondition()
        private var isSet = false
        private var isAcknowledged = false

        var value: Bool { lock.withLock { isSet } }
        func set() { lock.withLock { isSet = true } }
        func acknowledge() {
            lock.withLock {
                isAcknowledged = true
                lock.signal()
            }
        }
        func wait() { lock.withLock { while !isAcknowledged { lock.wait() } } }
    }
}
