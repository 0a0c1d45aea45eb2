import Checkpoint
import Foundation
import Memory
import TestSupport
import Testing

@testable import Planning
@testable import UNet1D

/// Models that share packed weights with others: here each model stands for a process.
@Suite final class SharedWeightsTests {
    private let folder: String

    init() { folder = NSTemporaryDirectory() + "unet1d-weights-\(getpid())-\(UInt32.random(in: 0 ... .max))" }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private static let fixtures = ["real_hopper_h32", "dance5_small", "attn_2heads_dim33", "default_3level"].map {
        Fixture.named($0)
    }
    private static let options: [Session.Options] =
        [Session.Options(), Session.Options(accuracy: .strict)]
        + [Precision.f16Weights, .bf16Weights, .bf16].map { Session.Options(precision: $0) }

    private func model(_ fixture: Fixture, shared: Bool = true) throws -> UNet1DModel {
        try UNet1DModel(directory: fixture.directory, sharedWeights: shared ? folder : nil)
    }

    private func output(_ model: UNet1DModel, _ fixture: Fixture, _ options: Session.Options) throws -> [UInt32] {
        let tensors = try #require(try fixture.tensors())
        var session = try Session(model: model, shape: tensors.shape, pool: Pools.pool(2), options: options)
        return bits(tensors.run(&session))
    }

    /// The files of weights, without locks.
    private func files() -> [String] {
        ((try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []).filter {
            $0.contains("/") && !$0.hasSuffix("/lock")
        }
        .sorted().map { folder + "/" + $0 }
    }

    private static func number(of file: String) throws -> UInt {
        var status = stat()
        try #require(stat(file, &status) == 0)
        return status.st_ino
    }

    // MARK: - Bits

    @Test(arguments: fixtures)
    func bitsAreThoseOfOwnWeights(fixture: Fixture) throws {
        for isa in TestISA.all {
            for var options in Self.options {
                options.isa = isa
                let expected = try output(model(fixture, shared: false), fixture, options)
                let (first, second) = (try model(fixture), try model(fixture))
                #expect(try output(first, fixture, options) == expected)
                let packed = files()
                #expect(try output(second, fixture, options) == expected)
                #expect(files() == packed)
                #expect(first.notes == second.notes && first.packedWeightBytes == second.packedWeightBytes)
            }
        }
        #expect(files() == [])
    }

    @Test func whatIsNotSharedIsPackedAnew() throws {
        let fixture = Fixture.named("real_hopper_h32")
        let first = try model(fixture)
        defer { withExtendedLifetime(first) {} }
        _ = try output(first, fixture, Session.Options())
        let packed = Set(files())
        #expect(!packed.isEmpty)
        // Another model's weights are others, though they have the same names and shapes.
        let copy = folder + "-copy"
        try FileManager.default.copyItem(atPath: fixture.directory, toPath: copy)
        defer { try? FileManager.default.removeItem(atPath: copy) }
        let second = try UNet1DModel(directory: copy, sharedWeights: folder)
        defer { withExtendedLifetime(second) {} }
        _ = try second.packWeights(for: second.plan(ForwardShape(batch: 1, length: 32)))
        #expect(Set(files()).isSuperset(of: packed) && files().count > packed.count)
        // Each placement has its own.
        let count = files().count
        let plan = try first.plan(ForwardShape(batch: 1, length: 32))
        _ = try first.weights.pointers(for: plan, at: .node(0))
        #expect(files().count > count)
    }

    // MARK: - What may lie in the folder

    /// Whatever a file holds, weights are right, and the file is replaced.
    @Test(arguments: ["header", "weights", "short", "long", "empty", "another", "gap"])
    func damagedFilesAreReplaced(kind: String) throws {
        let fixture = Fixture.named("real_hopper_h32")
        let first = try model(fixture)
        let expected = try output(first, fixture, Session.Options())
        let damaged = try #require(files().first)
        let number = try Self.number(of: damaged)
        let bytes = try Data(contentsOf: URL(filePath: damaged))
        // A new file of the same name: what is mapped stays as it is.
        try FileManager.default.removeItem(atPath: damaged)
        var content = bytes
        switch kind {
        case "header": content[24] ^= 1
        case "weights": content[content.count - 1] ^= 1
        case "short": content.removeLast(64)
        case "long": content.append(Data(count: 64))
        case "empty": content = Data()
        case "another": content = try Data(contentsOf: URL(filePath: #require(files().last)))
        default: content = Data()
        }
        try content.write(to: URL(filePath: damaged))
        if kind == "gap" { truncate(damaged, bytes.count) }
        let second = try model(fixture)
        #expect(try output(second, fixture, Session.Options()) == expected)
        #expect(try Self.number(of: damaged) != number && Data(contentsOf: URL(filePath: damaged)) == bytes)
        #expect(second.notes == first.notes)
        #expect(try output(first, fixture, Session.Options()) == expected)
    }

    /// A file that cannot be replaced is not used either.
    @Test func whatCannotBeSharedIsPackedForOneProcess() throws {
        let fixture = Fixture.named("real_hopper_h32")
        let expected = try output(model(fixture, shared: false), fixture, Session.Options())
        let first = try model(fixture)
        defer { withExtendedLifetime(first) {} }
        _ = try output(first, fixture, Session.Options())
        let taken = try #require(files().dropFirst(2).first)
        try FileManager.default.removeItem(atPath: taken)
        try FileManager.default.createDirectory(atPath: taken, withIntermediateDirectories: false)
        let second = try model(fixture)
        #expect(try output(second, fixture, Session.Options()) == expected)
        let note = try #require(second.notes.last)
        #expect(note.hasPrefix(taken) && note.contains("this process packs its weights for itself from here on"))
        try FileManager.default.removeItem(atPath: taken)
    }

    @Test func weightsOfNoFileAreNotShared() throws {
        let network = try ModelDirectory(Fixture.named("real_hopper_h32").directory).readConfiguration().network
        let store = WeightStore(
            source: SeededSource(network.tensors, seed: 1), sharing: try SharedFolder(folder))
        let plan = try Plan(
            network: network, shape: ForwardShape(batch: 1, length: 32), options: Session.Options())
        try store.pointers(for: plan)
        #expect(store.notes.count == 1 && store.notes[0].contains("nothing tells these weights from others"))
        #expect(files() == [])
    }

    @Test func unsafeFoldersAreRefused() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        chmod(folder, 0o777)
        let error = #expect(throws: UNet1DError.self) { _ = try self.model(Fixture.named("real_hopper_h32")).notes }
        #expect(error.map { "\($0)" }?.contains("mode 0777") == true)
    }

    /// A folder without room, where a test may mount one: no forward dies of it.
    @Test(.enabled(if: geteuid() == 0)) func fullFoldersAreLeft() async throws {
        let fixture = Fixture.named("real_hopper_h32")
        let expected = try output(model(fixture, shared: false), fixture, Session.Options())
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        guard mount("tmpfs", folder, "tmpfs", 0, "size=1m,mode=0700") == 0 else { return }
        // Also while files of it are open: MNT_DETACH.
        defer { umount2(folder, 2) }
        let model = try model(fixture)
        #expect(try output(model, fixture, Session.Options()) == expected)
        #expect(model.notes.last?.contains("No space left on device") == true)
    }
}
