/// What each instruction does.
extension PickleMachine {
    mutating func execute(_ code: UInt8) throws(CheckpointError) {
        switch code {
        case 0x80: try checkProtocol()
        case 0x95: try reader.skip(8)
        case UInt8(ascii: "("): marks.append(stack.count)
        // What is on top may be a mark.
        case UInt8(ascii: "0"): if stack.count == marks.last { marks.removeLast() } else { try drop() }
        case UInt8(ascii: "1"): _ = try popMark()
        case UInt8(ascii: "2"): stack.append(try top())
        // GET, BINGET, LONG_BINGET; PUT, BINPUT, LONG_BINPUT, MEMOIZE.
        case UInt8(ascii: "g"): try recall(try decimal())
        case UInt8(ascii: "h"): try recall(try reader.number(bytes: 1))
        case UInt8(ascii: "j"): try recall(try reader.number(bytes: 4))
        case UInt8(ascii: "p"): try memorize(try decimal())
        case UInt8(ascii: "q"): try memorize(try reader.number(bytes: 1))
        case UInt8(ascii: "r"): try memorize(try reader.number(bytes: 4))
        case 0x94: try memorize(memo.count)
        case UInt8(ascii: "c"), 0x93, UInt8(ascii: "i"), UInt8(ascii: "R"), 0x81, 0x92, UInt8(ascii: "o"),
            UInt8(ascii: "b"), UInt8(ascii: "Q"), UInt8(ascii: "P"):
            try executeObject(code)
        default:
            if try !executeScalar(code) { try executeContainer(code) }
        }
    }

    /// None, truths, numbers and texts.
    ///
    /// - Returns: whether it was one of them.
    private mutating func executeScalar(_ code: UInt8) throws(CheckpointError) -> Bool {
        switch code {
        case UInt8(ascii: "N"): try push(.none)
        case 0x88: try push(.bool(true))
        case 0x89: try push(.bool(false))
        case UInt8(ascii: "I"): try push(try integerLine())
        case UInt8(ascii: "L"): try push(try longLine())
        case UInt8(ascii: "J"):
            try push(.integer(Int(Int32(truncatingIfNeeded: try reader.number(bytes: 4)))))
        case UInt8(ascii: "K"): try push(.integer(try reader.number(bytes: 1)))
        case UInt8(ascii: "M"): try push(.integer(try reader.number(bytes: 2)))
        case 0x8A: try push(try long(bytes: try reader.number(bytes: 1)))
        case 0x8B: try push(try long(bytes: try reader.number(bytes: 4)))
        case UInt8(ascii: "G"):
            try reader.skip(8)
            try push(.skipped)
        case UInt8(ascii: "F"), UInt8(ascii: "S"):
            _ = try reader.line(limit: Self.maximumText)
            try push(.skipped)
        case UInt8(ascii: "V"): try push(text(try reader.line(limit: Self.maximumText)))
        // Texts of protocol 2, and the ASCII ones that Python 2 wrote.
        case 0x8C, UInt8(ascii: "U"): try pushText(bytes: try reader.number(bytes: 1))
        case UInt8(ascii: "X"), UInt8(ascii: "T"): try pushText(bytes: try reader.number(bytes: 4))
        case 0x8D: try pushText(bytes: try reader.number(bytes: 8))
        case UInt8(ascii: "C"): try skipBytes(lengthBytes: 1)
        case UInt8(ascii: "B"): try skipBytes(lengthBytes: 4)
        case 0x8E, 0x96: try skipBytes(lengthBytes: 8)
        default: return false
        }
        return true
    }

    private mutating func executeContainer(_ code: UInt8) throws(CheckpointError) {
        switch code {
        case UInt8(ascii: ")"): try push(.tuple([]))
        case UInt8(ascii: "t"): try push(.tuple(try popMark()))
        case 0x85: try push(.tuple(try pop(1)))
        case 0x86: try push(.tuple(try pop(2)))
        case 0x87: try push(.tuple(try pop(3)))
        case UInt8(ascii: "]"): try push(.list([]))
        case UInt8(ascii: "l"): try push(.list(try popMark()))
        case UInt8(ascii: "a"): try append(try pop(1))
        case UInt8(ascii: "e"): try append(try popMark())
        case UInt8(ascii: "}"): try push(.dictionary([]))
        case UInt8(ascii: "d"):
            let items = try popMark()
            try push(.dictionary([]))
            try set(items)
        case UInt8(ascii: "s"): try set(try pop(2))
        case UInt8(ascii: "u"): try set(try popMark())
        // Sets: nothing in a state dict reads them.
        case 0x8F: try push(.skipped)
        case 0x90: _ = try popMark()
        case 0x91:
            _ = try popMark()
            try push(.skipped)
        default:
            throw malformed("instruction 0x\(String(code, radix: 16)) is none that a state dict needs")
        }
    }

    private mutating func executeObject(_ code: UInt8) throws(CheckpointError) {
        switch code {
        case UInt8(ascii: "c"):
            try pushGlobal(
                module: String(decoding: try reader.line(limit: Self.maximumText), as: UTF8.self),
                name: String(decoding: try reader.line(limit: Self.maximumText), as: UTF8.self))
        case 0x93:
            let parts = try pop(2)
            guard let module = heap.string(parts[0]), let name = heap.string(parts[1]) else {
                throw malformed("a class without a name")
            }
            try pushGlobal(module: module, name: name)
        case UInt8(ascii: "i"):
            let arguments = try popMark()
            try pushGlobal(
                module: String(decoding: try reader.line(limit: Self.maximumText), as: UTF8.self),
                name: String(decoding: try reader.line(limit: Self.maximumText), as: UTF8.self))
            try make(callee: try pop(), arguments: arguments)
        case UInt8(ascii: "o"):
            let parts = try popMark()
            guard let callee = parts.first else { throw malformed("an object without a class") }
            try make(callee: callee, arguments: Array(parts.dropFirst()))
        case UInt8(ascii: "R"), 0x81:
            let parts = try pop(2)
            try make(callee: parts[0], arguments: try elements(parts[1]))
        case 0x92:
            let parts = try pop(3)
            try make(callee: parts[0], arguments: try elements(parts[1]))
        // An object's attributes: an OrderedDict's `_metadata`, a tensor's hooks.
        case UInt8(ascii: "b"): try drop()
        case UInt8(ascii: "Q"): try pushStorage(try pop())
        default:
            throw malformed("a persistent id as text, which torch does not write")
        }
    }
}
