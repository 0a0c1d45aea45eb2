@testable import Checkpoint

/// Instructions of pickles, made by hand. Source: CPython, Lib/pickletools.py.
enum PickleBytes {
    static let mark = Array("(".utf8)
    static let tuple = Array("t".utf8)
    static let reduce = Array("R".utf8)
    static let stop = Array(".".utf8)

    /// Text of instructions, a byte each, several times.
    static func repeated(_ text: String, _ times: Int) -> [UInt8] {
        let one = Array(text.utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(one.count * times)
        for _ in 0..<times { bytes += one }
        return bytes
    }

    static func number(_ value: Int, _ bytes: Int) -> [UInt8] {
        (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    static func text(_ text: String) -> [UInt8] { Array("X".utf8) + number(text.utf8.count, 4) + Array(text.utf8) }

    /// LONG1 of eight bytes: any integer.
    static func integer(_ value: Int) -> [UInt8] { [0x8A, 8] + number(value, 8) }

    static func integers(_ values: [Int]) -> [UInt8] { mark + values.flatMap(integer) + tuple }

    /// GLOBAL.
    static func global(_ module: String, _ name: String) -> [UInt8] { Array("c\(module)\n\(name)\n".utf8) }

    /// STACK_GLOBAL.
    static func stackGlobal(_ module: String, _ name: String) -> [UInt8] { text(module) + text(name) + [0x93] }

    /// A storage of single-precision numbers, as its persistent id.
    static func storage(_ key: String, _ count: Int) -> [UInt8] {
        mark + text("storage") + global("torch", "FloatStorage") + text(key) + text("cpu") + integer(count) + tuple
            + Array("Q".utf8)
    }

    /// A tensor as torch makes it.
    static func tensor(
        _ key: String = "0", count: Int = 2, offset: Int = 0, shape: [Int] = [2], strides: [Int] = [1]
    ) -> [UInt8] {
        global("torch._utils", "_rebuild_tensor_v2") + mark + storage(key, count) + integer(offset) + integers(shape)
            + integers(strides) + [0x89] + Array("}".utf8) + tuple + reduce
    }

    /// A dictionary, without STOP.
    static func dictionary(_ entries: [(key: String, value: [UInt8])]) -> [UInt8] {
        Array("}(".utf8) + entries.flatMap { text($0.key) + $0.value } + Array("u".utf8)
    }

    /// A file of torch.save's legacy form that holds an object, with the keys of its storages and what follows.
    static func legacy(
        _ object: [UInt8], version: Int = 1001, littleEndian: Bool = true, keys: [String], storages: [UInt8]
    ) -> [UInt8] {
        let magic: [UInt8] = [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]
        let system = dictionary([("little_endian", [littleEndian ? 0x88 : 0x89])])
        return magic + stop + integer(version) + stop + system + stop + object + stop + Array("](".utf8)
            + keys.flatMap(text) + Array("e".utf8) + stop + storages
    }

    /// A storage of a legacy file: its number of elements, and numbers of four bytes.
    static func stored(_ count: Int, elements: Int? = nil) -> [UInt8] {
        number(count, 8) + Array(repeating: 0, count: 4 * (elements ?? count))
    }
}
