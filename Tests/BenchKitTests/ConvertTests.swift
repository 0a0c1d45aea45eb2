import BenchKit
import Checkpoint
import Foundation
import TestSupport
import Testing

/// `convert` as the built command.
@Suite(.serialized) struct ConvertTests {
    private static let formats = "\(Fixture.root)/formats"

    @Test func writesWhatWasAskedFor() throws {
        let folder = try TemporaryFolder()
        let command = try Command([
            "convert", Self.formats + "/variants", folder.path + "/out", "--from-variant", "fp16", "--dtype", "bf16",
            "--variant", "small", "--max-shard-bytes", "8000",
        ])
        #expect(command.status == 0 && command.errors.isEmpty, "\(command.errors)")
        let files = try ModelDirectory(folder.path + "/out", lookup: ModelLookup(variant: "small")).open()
        #expect(files.tensors.tensors.allSatisfy { $0.elementType == .bf16 })
        // A line for each file, its bytes first.
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/out")
        let lines = command.output.split(separator: "\n")
        #expect(lines.count == names.count)
        for line in lines {
            let parts = line.split(separator: " ", maxSplits: 1)
            #expect(FileManager.default.contents(atPath: String(parts[1]))?.count == Int(parts[0]))
        }
    }

    @Test func notesAreLines() throws {
        let folder = try TemporaryFolder()
        let command = try Command(["convert", Self.formats + "/compiled", folder.path + "/out"])
        #expect(command.output.contains("\nnote: ") && command.output.contains("torch.compile"))
    }

    @Test(arguments: [
        (["/no/such", "out"], "/no/such"), (["", "out"], "<what>"), (["model", ""], "<folder>"), (["model"], "folder"),
        (["model", "out", "--dtype", "f64"], "f32, f16, bf16"), (["model", "out", "--dtype", ""], "--dtype"),
        (["model", "out", "--max-shard-bytes", "0"], "--max-shard-bytes"),
        (["model", "out", "--variant", "a/b"], "a/b"),
        (["model", "out", "--from-variant", "fp16"], "fp16"), (["model", "file"], "give the name of a folder"),
        (["model", "file/out"], "give the name of a folder"), (["model", "/proc/unet1d"], "/proc/unet1d"),
    ])
    func failuresAreOneLineAndLeaveNothing(words: [String], mention: String) throws {
        let folder = try TemporaryFolder()
        try folder.write("", to: "file")
        let arguments = words.enumerated().map { i, word in
            switch word {
            case "model": Self.formats + "/safetensors"
            case "out", "file", "file/out": i == 0 ? word : folder.path + "/" + word
            default: word
            }
        }
        try Command(["convert"] + arguments).expectFailure(mention: mention)
        #expect(folder.contents == ["file"])
    }

    /// A file that may not grow stands for a full disk: the write fails half-way.
    @Test func aWriteThatFailsLeavesNothing() throws {
        let folder = try TemporaryFolder()
        try Command(
            bash: #"ulimit -f 8; "$0" convert "$1" "$2""#, [Self.formats + "/safetensors", folder.path + "/new/model"]
        ).expectFailure(mention: "diffusion_pytorch_model.safetensors: cannot be written: ")
        #expect(folder.contents.isEmpty)
    }

    /// A folder under the name of an old shard cannot be replaced: the old model stays.
    @Test func aFolderAmongTheOldShards() throws {
        let folder = try TemporaryFolder()
        let arguments = ["convert", Self.formats + "/safetensors", folder.path]
        #expect(try Command(arguments).status == 0)
        let shard = "diffusion_pytorch_model-00001-of-00002.safetensors"
        try folder.write("", to: shard + "/file")
        let before = folder.contents.sorted()
        try Command(arguments).expectFailure(mention: shard + ": cannot be written: is a folder")
        #expect(folder.contents.sorted() == before && before.contains("config.json"))
    }

    /// The flags of lookups are those of other commands, but for the variant, of which there are two.
    @Test func flags() throws {
        let help = try Command(["convert", "--help"]).output
        for word in ["\(Conversion.defaultShardBytes)", "--revision", "--subfolder", "--config", "--from-variant"] {
            #expect(help.contains(word), "\(word)")
        }
        let folder = try TemporaryFolder()
        let out = folder.path + "/out"
        #expect(try Command(["convert", Self.formats, out, "--subfolder", "safetensors"]).status == 0)
        try Command(["convert", Self.formats, out, "--subfolder", "none"]).expectFailure(mention: "none")
        try Command(["convert", "a/b", out, "--revision", "x"]).expectFailure(mention: "a/b")
    }
}
