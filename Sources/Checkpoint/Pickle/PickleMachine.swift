/// A virtual machine that reads pickles of tensors. It knows what a state dict needs, and nothing of a pickle is ever run.
///
/// Source: CPython, Lib/pickletools.py, for the instructions; torch 2.13, torch/serialization.py, for persistent ids.
struct PickleMachine {
    /// What to do with a class or a function that a state dict does not need.
    enum Foreign {
        /// Refuse the file, naming it: weights hold nothing else.
        case refused
        /// Do not build it: trainers save their settings beside the weights.
        case skipped
    }

    /// The most instructions of a pickle, which bounds the time and the memory.
    static let maximumInstructions = 2_000_000
    /// Texts beyond are skipped: no tensor has such a name.
    static let maximumText = 4096
    /// The most tensors, each of which takes up to a kilobyte.
    static let maximumTensors = 1 << 16
    /// The most elements that tensors of a file may have beyond those of their storages, as `expand` makes them.
    static let maximumRepeated = 1 << 22

    var heap = PickleHeap()
    var reader: ByteReader
    let foreign: Foreign
    var stack: [PickleHeap.Reference] = []
    var marks: [Int] = []
    var memo: [Int: PickleHeap.Reference] = [:]
    /// Entries that calls of dictionaries have copied: the one instruction that makes more than it reads.
    var copiedEntries = 0
    var repeatedElements = 0
    var tensors = 0

    init(_ reader: ByteReader, foreign: Foreign) {
        self.reader = reader
        self.foreign = foreign
    }

    /// The byte of the file after the pickle that was read last.
    var position: Int { reader.position }

    /// Reads the next pickle: from the current byte to its STOP instruction.
    mutating func read() throws(CheckpointError) -> PickleHeap.Reference {
        stack = []
        marks = []
        memo = [:]
        for _ in 0..<Self.maximumInstructions {
            let code = try reader.byte()
            if code == UInt8(ascii: ".") { return try pop() }
            try execute(code)
        }
        throw malformed("more than \(Self.maximumInstructions) instructions")
    }

    func malformed(_ problem: String) -> CheckpointError { reader.malformed(problem) }
}
