import CUNet1DSystem
import Foundation
import Testing

@testable import Memory

/// Files that processes share. Each value stands for a process: its locks are its own.
@Suite final class SharedGroupTests {
    private let root: String
    private let folder: SharedFolder

    init() throws {
        root = NSTemporaryDirectory() + "unet1d-shared-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        folder = try SharedFolder(root)
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    private func names(_ group: String = "") -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: root + "/" + group)) ?? []).sorted()
    }

    private func write(_ name: String, _ byte: UInt8, to group: SharedGroup, bytes: Int = 5000) throws {
        let file = try group.pending(name, bytes: bytes) { _ in }
        file.base.initializeMemory(as: UInt8.self, repeating: byte, count: bytes)
        try file.publish()
    }

    private func make(_ path: String, bytes: Int) throws {
        try Data(count: bytes).write(to: URL(filePath: root + path))
    }

    private func first(_ name: String, of group: SharedGroup, bytes: Int = 5000) -> UInt8? {
        guard let memory = group.map(name, bytes: bytes) else { return nil }
        return memory.base.load(as: UInt8.self)
    }

    // MARK: - The folder

    @Test func folderIsTheOwnersAlone() throws {
        let mode = try FileManager.default.attributesOfItem(atPath: root)[.posixPermissions] as? Int
        #expect(mode == 0o700)
        #expect(try SharedFolder(root).path == root)
        #expect(SharedFolder.standardPath == "/dev/shm/unet1d-\(geteuid())")
    }

    @Test(arguments: [0o770, 0o707, 0o1777])
    func folderThatOthersMayWriteToIsRefused(mode: Int) throws {
        chmod(root, mode_t(mode))
        let error = #expect(throws: MemoryError.self) { _ = try SharedFolder(self.root).path }
        #expect(error?.description.contains("found mode 0\(String(mode, radix: 8))") == true)
    }

    @Test func whatIsNoFolderIsRefused() throws {
        try make("/file", bytes: 0)
        symlink(root, root + "/link")
        for path in [root + "/file", root + "/link", root + "/no/folder", "", "a\0b"] {
            #expect(throws: MemoryError.self) { _ = try SharedFolder(path).path }
        }
    }

    @Test(.enabled(if: geteuid() == 0)) func folderOfAnotherUserIsRefused() throws {
        chown(root, 65534, 65534)
        let error = #expect(throws: MemoryError.self) { _ = try SharedFolder(self.root).path }
        #expect(error?.description.contains("found a folder of user 65534, expected one of user 0") == true)
    }

    // MARK: - Files

    @Test func filesAreFoundOnceTheyArePublished() throws {
        let (writer, reader) = (try SharedGroup(folder, name: "a"), try SharedGroup(folder, name: "a"))
        defer { withExtendedLifetime((writer, reader)) {} }
        let pending = try writer.pending("x", bytes: 5000) { _ in }
        #expect(first("x", of: reader) == nil)
        pending.base.storeBytes(of: 7, as: UInt8.self)
        try pending.publish()
        #expect(first("x", of: reader) == 7)
        #expect(first("x", of: reader, bytes: 4999) == nil)
        #expect(names("unet1d-a") == ["x"])
    }

    @Test func whatIsNotPublishedIsRemoved() throws {
        let group = try SharedGroup(folder, name: "a")
        defer { withExtendedLifetime(group) {} }
        try make("/unet1d-a/x.partial", bytes: 100)
        do { _ = try group.pending("x", bytes: 5000) { _ in } }
        #expect(names("unet1d-a") == [])
    }

    @Test func filesAreReplacedUnderTheirReaders() throws {
        let group = try SharedGroup(folder, name: "a")
        try write("x", 1, to: group)
        guard let old = group.map("x", bytes: 5000) else { throw CancellationError() }
        try write("x", 2, to: group)
        #expect(old.base.load(as: UInt8.self) == 1 && first("x", of: group) == 2)
    }

    @Test func foreignFilesAreNotMapped() throws {
        let group = try SharedGroup(folder, name: "a")
        let path = root + "/unet1d-a/"
        // All of it is a gap, which takes room when it is read.
        try make("/unet1d-a/gaps", bytes: 0)
        truncate(path + "gaps", 500_000)
        try FileManager.default.createDirectory(atPath: path + "folder", withIntermediateDirectories: false)
        mkfifo(path + "pipe", 0o600)
        try write("x", 1, to: group)
        symlink(path + "x", path + "link")
        for name in ["folder", "pipe", "link", "none"] { #expect(first(name, of: group) == nil, "\(name)") }
        #expect(first("gaps", of: group, bytes: 500_000) == nil)
    }

    @Test func readersCannotWrite() async {
        await #expect(processExitsWith: .signal(SIGSEGV)) {
            let folder = try SharedFolder(NSTemporaryDirectory() + "unet1d-shared-\(getpid())")
            defer { try? FileManager.default.removeItem(atPath: folder.path) }
            let group = try SharedGroup(folder, name: "a")
            try group.pending("x", bytes: 64) { _ in }.publish()
            guard let memory = group.map("x", bytes: 64) else { exit(2) }
            try FileManager.default.removeItem(atPath: folder.path)
            memory.base.storeBytes(of: 1, as: UInt8.self)
        }
    }

    // MARK: - Locks

    @Test func oneAddsFilesAtATime() throws {
        let group = try SharedGroup(folder, name: "a")
        let lock = try group.lock()
        let file = open(root + "/unet1d-a/lock", O_RDWR)
        defer { close(file) }
        #expect(system_lock_file(file, true, false) == EWOULDBLOCK)
        lock.unlock()
        #expect(system_lock_file(file, true, false) == 0)
    }

    @Test func theLastUserRemovesTheFiles() throws {
        var users = [try SharedGroup(folder, name: "a"), try SharedGroup(folder, name: "a")]
        try write("x", 1, to: users[0])
        users.removeFirst()
        #expect(first("x", of: users[0]) == 1)
        guard let memory = users[0].map("x", bytes: 5000) else { throw CancellationError() }
        users = []
        #expect(names() == [])
        #expect(memory.base.load(as: UInt8.self) == 1)
    }

    @Test func leftGroupsAreRemovedAndUsedOnesAreNot() throws {
        let (used, own) = (try SharedGroup(folder, name: "used"), try SharedGroup(folder, name: "own"))
        defer { withExtendedLifetime((used, own)) {} }
        // What processes leave that were killed, and what is nobody's business.
        for left in ["unet1d-left", "other"] {
            try FileManager.default.createDirectory(atPath: root + "/" + left, withIntermediateDirectories: false)
            try make("/\(left)/x", bytes: 10)
        }
        own.removeUnused()
        #expect(names() == ["other", "unet1d-own", "unet1d-used"])
    }

    /// Users come and go at once; whoever has joined finds its own folder.
    @Test func usersComeAndGo() async throws {
        let folder = folder
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for _ in 0..<4 {
                tasks.addTask {
                    for _ in 0..<50 {
                        let group = try SharedGroup(folder, name: "a")
                        let lock = try group.lock()
                        let file = try group.pending("x", bytes: 64) { _ in }
                        try file.publish()
                        lock.unlock()
                        guard let memory = group.map("x", bytes: 64) else { throw CancellationError() }
                        _ = memory.base.load(as: UInt8.self)
                    }
                }
            }
            try await tasks.waitForAll()
        }
        #expect(names() == [])
    }

    @Test func refusalsNameTheFile() throws {
        let group = try SharedGroup(folder, name: "a")
        defer { withExtendedLifetime(group) {} }
        let error = #expect(throws: SharedFileRefusal.self) { _ = try group.pending("x", bytes: 1 << 60) { _ in } }
        #expect(error?.description.hasPrefix(root + "/unet1d-a/x: ") == true)
        #expect(names("unet1d-a") == [])
    }
}
