import Foundation
import TestSupport
import Testing

@testable import Checkpoint

private typealias P = PickleBytes

/// Pickles made by hand: none is run, and whatever is in one, there is a result or an error.
@Suite struct PickleTests {
    /// Reads bytes as a file of their own.
    private static func open(_ bytes: [UInt8], _ foreign: PickleMachine.Foreign = .refused) throws -> StateDict {
        try Fixtures.withTemporaryFolder { folder in
            try Data(bytes).write(to: URL(filePath: folder + "/file"))
            return try StateDict(pickle: TorchFile(path: folder + "/file", foreign: foreign))
        }
    }

    /// Reads a pickle as that of an archive with a storage of `count` numbers.
    private static func archive(
        _ pickle: [UInt8], count: Int = 2, _ foreign: PickleMachine.Foreign = .refused
    ) throws -> StateDict {
        try open(
            ZipBytes([
                .init("archive/data.pkl", pickle), .init("archive/byteorder", Array("little".utf8)),
                .init("archive/data/0", Array(repeating: 0, count: 4 * count)),
            ]).bytes, foreign)
    }

    /// The error's text, which must be one line and have `part` in it.
    private static func refused(_ part: String, _ body: () throws -> StateDict) {
        let error = #expect(throws: CheckpointError.self) { _ = try body() }
        guard let error else { return }
        #expect(error.isOneGoodLine)
        #expect(error.description.contains(part), "\(error)")
    }

    private static let good = P.dictionary([("a", P.tensor())]) + P.stop
    private static let legacy = P.legacy(P.dictionary([("a", P.tensor())]), keys: ["0"], storages: P.stored(2))

    @Test func goodOnes() throws {
        for dict in [try Self.archive(Self.good), try Self.open(Self.legacy)] {
            #expect(dict.tensors.map(\.name) == ["a"])
            #expect(dict["a"]?.shape == [2] && dict["a"]?.elementType == .f32)
        }
        // No tensor lies in its elements' file twice, and an empty one anywhere in it.
        for (offset, shape) in [(0, [0]), (2, [0, 9]), (1, []), (1, [1])] {
            let tensor = P.tensor(offset: offset, shape: shape, strides: shape.map { _ in 1 })
            #expect(try Self.archive(P.dictionary([("a", tensor)]) + P.stop)["a"]?.shape == shape)
        }
        // A key that was set twice has its last value.
        let twice = P.dictionary([("a", P.tensor()), ("a", P.tensor(shape: [1]))]) + P.stop
        #expect(try Self.archive(twice)["a"]?.shape == [1])
    }

    // MARK: - Classes and functions

    @Test(arguments: [
        ("posix", "system"), ("os", "system"), ("builtins", "eval"), ("builtins", "exec"), ("builtins", "getattr"),
        ("__builtin__", "apply"), ("nt", "system"), ("subprocess", "Popen"), ("torch.storage", "_load_from_bytes"),
        ("torch", "load"), ("torch.hub", "load"), ("torch._utils", "_rebuild_qtensor"), ("runpy", "run_path"),
        ("collections", "namedtuple"), ("torch", "float32\0"), ("torch._utils", "_rebuild_tensor_v2.__globals__"),
    ])
    func refusedGlobals(module: String, name: String) {
        let call = P.mark + P.text("touch /tmp/never") + P.tuple + P.reduce
        let inst = P.mark + P.text("touch /tmp/never") + Array("i\(module)\n\(name)\n".utf8)
        let obj = P.mark + P.global(module, name) + P.text("touch /tmp/never") + Array("o".utf8)
        let forms = [P.global(module, name) + call, P.stackGlobal(module, name) + call, inst, obj]
        let values = forms.map { P.dictionary([("a", P.tensor()), ("b", $0)]) }
        for object in forms + values {
            let reads: [() throws -> StateDict] = [
                { try Self.archive(object + P.stop) }, { try Self.open([0x80, 4] + object + P.stop) },
                { try Self.open(P.legacy(object, keys: ["0"], storages: P.stored(2))) },
            ]
            for read in reads {
                let error = #expect(throws: CheckpointError.self) { _ = try read() }
                guard case .refusedGlobal(_, "\(module).\(name)")? = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                #expect(error?.isOneGoodLine == true)
            }
        }
    }

    /// Where a trainer's own classes are skipped, nothing of them is built, and tensors beside them are read.
    @Test func skippedGlobals() throws {
        for form in [P.global("posix", "system"), P.stackGlobal("os", "system")] {
            let call = form + P.mark + P.text("true") + P.tuple + P.reduce
            let pickle = P.dictionary([("b", call), ("a", P.tensor())]) + P.stop
            #expect(try Self.archive(pickle, .skipped).tensors.map(\.name) == ["a"])
            Self.refused("an object of a class that cannot be built") { try Self.archive(call + P.stop, .skipped) }
        }
    }

    /// One character may be any number of bytes.
    @Test func messagesAreShort() throws {
        let long = "e" + String(repeating: "\u{301}", count: 2000)
        let error = #expect(throws: CheckpointError.self) { try Self.archive(P.global(long, long) + P.stop) }
        #expect(try #require(error).description.utf8.count < 1000)
    }

    // MARK: - Damage

    @Test func cutOffAtEveryByte() throws {
        for count in 0..<Self.good.count {
            #expect(throws: CheckpointError.self) { try Self.archive(Array(Self.good.prefix(count))) }
        }
        for count in 0..<Self.legacy.count {
            #expect(throws: CheckpointError.self) { try Self.open(Array(Self.legacy.prefix(count))) }
        }
    }

    /// A changed byte gives an error, or tensors that can be read.
    @Test func changedBytes() throws {
        var random = SplitMix64(state: 3)
        for _ in 0..<2000 {
            var pickle = Self.good
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                pickle[Int.random(in: pickle.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            guard let dict = try? Self.archive(pickle, .skipped) else { continue }
            for tensor in dict.tensors where tensor.byteCount < 1 << 10 {
                #expect(try dict.bytes(of: tensor).count == tensor.byteCount)
            }
        }
    }

    /// Instructions that need what is not there.
    @Test(arguments: [
        "0", "1", "2", "t", "\u{85}", "\u{86}", "\u{87}", "(\u{85}", "N\u{86}", "e", "u", "a", "s", "]a", "(a", "}s",
        "]Ns", "}(Nu", "NNa", "N(Ne", "N(NNu", "(t(", "R", "NNR", "\u{93}", "NN\u{93}", "(o", "(No", "Q", "NQ", ")Q",
        "b", "(b", "g0\n", "h\u{1}", "p0\n", "q\u{0}", "\u{94}",
        "Ng-1\n", "Np-1\n", "Npx\n", "Np99999999999999999999\n",
        "P1\n", "\u{80}\u{6}", "x", "~", "\u{0}", "i", "(1t", "N(0t", "(0(0t",
    ])
    func misuse(text: String) {
        let bytes = text.unicodeScalars.map { UInt8($0.value) }
        for after in [[], P.stop] {
            let error = #expect(throws: CheckpointError.self) { try Self.archive(bytes + after) }
            guard case .malformedPickle? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
        #expect(throws: CheckpointError.self) { try Self.archive(bytes + P.repeated(")", 6) + P.stop) }
    }

    /// Lengths that a file claims and has not.
    @Test func lengthsBeyondTheFile() {
        for code: [UInt8] in [
            [0x8D] + P.number(1 << 40, 8), [0x8D] + P.number(-1, 8), [0x8D] + P.number(.max, 8),
            [0x8E] + P.number(-1, 8), [0x96] + P.number(.max, 8), Array("X".utf8) + P.number(-1, 4),
            Array("B".utf8) + P.number(-1, 4), [0x8B] + P.number(-1, 4), [0x8A, 255], [0x95, 0], Array("G1".utf8),
        ] {
            #expect(throws: CheckpointError.self) { try Self.archive(code + P.stop) }
        }
    }

    // MARK: - Tensors

    @Test(arguments: [
        ([3], [1], 0), ([2], [2], 0), ([2], [1], 1), ([1], [1], 2), ([0], [1], 3), ([0], [1], .max), ([-1], [1], 0),
        ([2], [-1], 1), ([2], [1], -1), ([2], [.max], 0), ([2, .max], [1, 0], 0), ([1 << 40], [0], 0),
        ([1 << 23], [0], 0),
        ([2, 2], [1], 0), ([.max, .max, 0], [0, 0, 0], 0), ([1, 1], [.max, .max], .max),
    ])
    func tensorsBeyondTheirStorage(shape: [Int], strides: [Int], offset: Int) {
        let tensor = P.tensor(offset: offset, shape: shape, strides: strides)
        #expect(throws: CheckpointError.self) { try Self.archive(P.dictionary([("a", tensor)]) + P.stop) }
    }

    /// `expand` repeats elements without storing them.
    @Test func repeatedElements() throws {
        let tensor = P.tensor(offset: 1, shape: [3], strides: [0])
        let dict = try Self.archive(P.dictionary([("a", tensor)]) + P.stop)
        let repeated = try dict.bytes(of: try dict.tensor(named: "a"))
        #expect(repeated.count == 12)
        #expect(repeated[0..<4] == repeated[4..<8] && repeated[4..<8] == repeated[8..<12])
    }

    @Test func storagesBeyondTheFile() {
        for count in [3, 1 << 40, .max] {
            let pickle = P.dictionary([("a", P.tensor(count: count))])
            Self.refused("where \(count) elements of 4 are expected") { try Self.archive(pickle + P.stop) }
            Self.refused("longer than the file") {
                try Self.open(P.legacy(pickle, keys: ["0"], storages: P.stored(count, elements: 2)))
            }
        }
        let other = P.dictionary([("a", P.tensor("1"))])
        Self.refused("its storage \"1\" is not in the file") { try Self.archive(other + P.stop) }
        Self.refused("its storage \"1\" is not in the file") {
            try Self.open(P.legacy(other, keys: [], storages: []))
        }
        Self.refused("no tensor is in") { try Self.open(P.legacy(other, keys: ["0"], storages: P.stored(2))) }
        Self.refused("or one twice") {
            try Self.open(P.legacy(other, keys: ["1", "1"], storages: P.stored(2) + P.stored(2)))
        }
        // More elements than bytes can count.
        let whole = P.dictionary([("a", P.tensor())])
        Self.refused("longer than the file") {
            try Self.open(P.legacy(whole, keys: ["0"], storages: P.number(-1, 8) + P.number(0, 8)))
        }
    }

    @Test func legacyFilesOfOthers() {
        let object = P.dictionary([("a", P.tensor())])
        Self.refused("big-endian") {
            try Self.open(P.legacy(object, littleEndian: false, keys: ["0"], storages: P.stored(2)))
        }
        Self.refused("an unknown version") {
            try Self.open(P.legacy(object, version: 1002, keys: ["0"], storages: P.stored(2)))
        }
        Self.refused("a pickle that torch.save did not write") { try Self.open([0x80, 2] + Self.good) }
    }

    // MARK: - Size

    /// A list that holds itself, and a dictionary that does.
    @Test func recursion() throws {
        let list = Array("]q\u{0}h\u{0}a".utf8)
        let dictionary = P.dictionary([("list", list), ("a", P.tensor())])
        #expect(try Self.archive(dictionary + P.stop).tensors.count == 1)
        Self.refused("a list") { try Self.archive(list + P.stop) }
        let itself = Array("}q\u{0}(".utf8) + P.text("self") + Array("h\u{0}".utf8) + P.text("a") + P.tensor()
        #expect(try Self.archive(itself + Array("u".utf8) + P.stop).tensors.count == 1)
        // A shape that holds itself, and arguments that do.
        Self.refused("a call of") { try Self.archive(list + list + P.reduce + P.stop) }
        Self.refused("a tensor without") {
            try Self.archive(P.global("torch._utils", "_rebuild_tensor_v2") + list + P.reduce + P.stop)
        }
    }

    @Test func deepNesting() throws {
        let depth = 100_000
        let lists = P.repeated("]", depth) + P.repeated("a", depth - 1)
        #expect(try Self.archive(P.dictionary([("b", lists), ("a", P.tensor())]) + P.stop).tensors.count == 1)
        let tuples = Array("N".utf8) + Array(repeating: 0x85, count: depth)
        #expect(try Self.archive(P.dictionary([("b", tuples), ("a", P.tensor())]) + P.stop).tensors.count == 1)
        // Dictionaries are searched to a few levels.
        let inner = (0..<100).reduce(P.tensor()) { value, _ in P.dictionary([("a", value)]) }
        Self.refused("a dictionary without tensors") { try Self.archive(inner + P.stop) }
    }

    /// Time and memory are bounded by counting: of instructions, values, stored values and tensors.
    @Test func limits() {
        let million = 1_000_000
        Self.refused("more than \(PickleHeap.limit) values") {
            try Self.archive(P.repeated("N", million) + P.stop)
        }
        Self.refused("more than \(PickleHeap.limit) stored values") {
            try Self.archive(Array("N".utf8) + Array(repeating: 0x94, count: million) + P.stop)
        }
        // MARK, POP_MARK: nothing grows, and yet it ends.
        Self.refused("more than \(PickleMachine.maximumInstructions) instructions") {
            try Self.archive(P.repeated("(1", million + 1) + P.stop)
        }
        Self.refused("more than \(PickleMachine.maximumTensors) tensors") {
            let tensor = P.global("torch._utils", "_rebuild_tensor_v2") + Array("q\u{0}".utf8)
            let arguments = P.storage("0", 2) + P.integer(0) + P.integers([2]) + P.integers([1])
            let stored = P.mark + arguments + P.tuple + Array("q\u{1}".utf8)
            return try Self.archive(tensor + stored + P.repeated("h\u{0}h\u{1}R0", 70_000) + P.stop)
        }
    }

    /// What a few instructions repeat must not grow with the square of the file.
    @Test func repetitionIsBounded() throws {
        // A list that grows while a shape shares its elements.
        let list = Array("](".utf8) + P.repeated("N", 65) + Array("eq\u{0}".utf8)
        Self.refused("a shape of 65 dimensions") {
            try Self.archive(P.global("torch", "Size") + list + Array([0x85]) + P.reduce + P.stop)
        }
        // Dictionaries in a dictionary, integers under long names, a list that grows one by one.
        let wide = P.repeated("h\u{0}}", 100_000)
        let named = Array("}(".utf8) + P.text("key") + Array("q\u{0}}".utf8) + wide
        let pickle = named + P.text("a") + P.tensor() + Array("u".utf8)
        #expect(try Self.archive(pickle + P.stop).tensors.count == 1)

        let grown = Array("]".utf8) + P.repeated("Na", 200_000)
        #expect(try Self.archive(P.dictionary([("b", grown), ("a", P.tensor())]) + P.stop).tensors.count == 1)

        let names = (0..<20_000).map { (key: "\($0)", value: Array("K\u{1}".utf8)) }
        let deep = (0..<3).reduce(P.dictionary(names)) { value, _ in
            P.dictionary([(String(repeating: "n", count: 4000), value)])
        }
        let file = try Fixtures.withTemporaryFolder { folder in
            let bytes = ZipBytes([
                .init("archive/data.pkl", P.dictionary([("a", P.tensor()), ("b", deep)]) + P.stop),
                .init("archive/data/0", Array(repeating: 0, count: 8)),
            ]).bytes
            try Data(bytes).write(to: URL(filePath: folder + "/file"))
            return try TorchFile(path: folder + "/file", foreign: .refused)
        }
        #expect(file.integers.count == 4096 && file.integers.keys.allSatisfy { $0.utf8.count <= 5 })
    }
}
