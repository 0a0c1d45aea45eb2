/// The files in a zip archive whose bytes lie in it as they are: what torch.save writes.
///
/// Every entry is checked: stored without compression, named once, its bytes within the archive and in no other entry, so
/// that nothing can be larger unpacked than the file is.
///
/// Source: PKWARE, APPNOTE.TXT 6.3.10, sections 4.3.6 to 4.3.16 and 4.5.3 (Zip64).
struct ZipDirectory {
    struct Entry: Equatable {
        var name: String
        /// The byte at which its header in the file begins.
        var header: Int
        /// The bytes of the archive's file that are the entry's.
        var bytes: Range<Int>
    }

    /// The entries, in the order of their bytes.
    let entries: [Entry]

    /// The most bytes of a directory: entries with long names.
    static let maximumBytes = 1 << 25
    static let maximumEntries = 1 << 17
    static let maximumName = 4096

    static let localSignature: [UInt8] = [0x50, 0x4B, 3, 4]
    private static let centralSignature: [UInt8] = [0x50, 0x4B, 1, 2]
    private static let endSignature: [UInt8] = [0x50, 0x4B, 5, 6]
    private static let zip64EndSignature: [UInt8] = [0x50, 0x4B, 6, 6]
    private static let zip64LocatorSignature: [UInt8] = [0x50, 0x4B, 6, 7]

    /// Whether a file begins as an archive with an entry does.
    static func isArchive(_ file: FileDescriptor) throws(CheckpointError) -> Bool {
        file.size >= 4 ? try file.bytes(4) == localSignature : false
    }

    /// Reads the directory and the header of each entry. Blocks on the disk.
    ///
    /// - Throws: `malformedZip`, `cannotRead`, `fileShrank`.
    init(_ file: FileDescriptor) throws(CheckpointError) {
        let end = try Self.directoryEnd(file)
        guard end.bytes <= Self.maximumBytes, end.start <= file.size - end.bytes else {
            throw .malformedZip(
                file: file.path, problem: "its directory of \(end.bytes) bytes at byte \(end.start) cannot be")
        }
        guard end.entries <= Self.maximumEntries else {
            throw .malformedZip(file: file.path, problem: "it has \(end.entries) entries")
        }
        var fields = Fields(bytes: try file.bytes(end.bytes, at: end.start), path: file.path)
        var entries: [Entry] = []
        var names: Set<String> = []
        while fields.position < fields.bytes.count, entries.count < end.entries {
            let entry = try Self.entry(&fields, file)
            guard names.insert(entry.name).inserted else {
                throw .malformedZip(file: file.path, problem: "entry \(entry.name.quoted) occurs twice")
            }
            entries.append(entry)
        }
        guard fields.position == fields.bytes.count, entries.count == end.entries else {
            throw .malformedZip(
                file: file.path, problem: "its directory has not the \(end.entries) entries that its end says")
        }
        entries.sort { $0.header < $1.header }
        for (entry, after) in zip(entries, entries.dropFirst()) where after.header < entry.bytes.upperBound {
            throw .malformedZip(
                file: file.path, problem: "entries \(entry.name.quoted) and \(after.name.quoted) overlap")
        }
        self.entries = entries
    }

    /// Where the directory lies, from the record at the end of the file.
    private static func directoryEnd(
        _ file: FileDescriptor
    ) throws(CheckpointError) -> (start: Int, bytes: Int, entries: Int) {
        // The record has 22 bytes; a comment of up to 65535 may follow.
        let count = min(file.size, 22 + 65535)
        let tail = try file.bytes(count, at: file.size - count)
        guard
            let at = stride(from: count - 22, through: 0, by: -1).first(where: {
                tail[$0..<$0 + 4].elementsEqual(endSignature)
                    && Int(tail[$0 + 20]) | Int(tail[$0 + 21]) << 8 == count - $0 - 22
            })
        else {
            throw .malformedZip(
                file: file.path, problem: "it has no directory; the file may be cut off; download it again")
        }
        var fields = Fields(bytes: tail, path: file.path)
        fields.position = at + 4
        guard try fields.number(2) == 0, try fields.number(2) == 0 else {
            throw .malformedZip(file: file.path, problem: "it is a part of an archive in several files")
        }
        _ = try fields.number(2)
        let entries = try fields.number(2)
        let bytes = try fields.number(4)
        let start = try fields.number(4)
        guard entries == 0xFFFF || bytes == 0xFFFF_FFFF || start == 0xFFFF_FFFF else { return (start, bytes, entries) }
        return try zip64End(file, before: file.size - count + at)
    }

    private static func zip64End(
        _ file: FileDescriptor, before end: Int
    ) throws(CheckpointError) -> (start: Int, bytes: Int, entries: Int) {
        let cannotBe = CheckpointError.malformedZip(file: file.path, problem: "the end of its directory is missing")
        guard end >= 20 else { throw cannotBe }
        let locator = try file.bytes(20, at: end - 20)
        guard locator.starts(with: zip64LocatorSignature) else { throw cannotBe }
        var fields = Fields(bytes: locator, path: file.path)
        fields.position = 8
        let at = try fields.number(8)
        guard at <= file.size - 56 else { throw cannotBe }
        let record = try file.bytes(56, at: at)
        guard record.starts(with: zip64EndSignature) else { throw cannotBe }
        fields = Fields(bytes: record, path: file.path)
        fields.position = 32
        let entries = try fields.number(8)
        let bytes = try fields.number(8)
        return (start: try fields.number(8), bytes: bytes, entries: entries)
    }

    private static func entry(
        _ fields: inout Fields, _ file: FileDescriptor
    ) throws(CheckpointError) -> Entry {
        try fields.expect(centralSignature)
        fields.position += 4
        let flags = try fields.number(2)
        let method = try fields.number(2)
        fields.position += 8
        var packed = try fields.number(4)
        var size = try fields.number(4)
        let (nameBytes, extraBytes) = (try fields.number(2), try fields.number(2))
        let commentBytes = try fields.number(2)
        fields.position += 8
        var header = try fields.number(4)
        let name = String(decoding: try fields.take(nameBytes), as: UTF8.self)
        let extra = Array(try fields.take(extraBytes))
        _ = try fields.take(commentBytes)
        func malformed(_ problem: String) -> CheckpointError {
            .malformedZip(file: file.path, problem: "entry \(name.quoted) \(problem)")
        }
        // Zip64: those of the three that do not fit stand in the extra field, in this order.
        var long = try Fields(bytes: Self.extra(extra, tag: 1, path: file.path), path: file.path)
        if size == 0xFFFF_FFFF { size = try long.number(8) }
        if packed == 0xFFFF_FFFF { packed = try long.number(8) }
        if header == 0xFFFF_FFFF { header = try long.number(8) }

        guard nameBytes <= maximumName else { throw malformed("has a name of \(nameBytes) bytes") }
        guard flags & 1 == 0 else { throw malformed("is encrypted") }
        guard method == 0, packed == size else {
            throw malformed("is compressed, which torch.save never does; save the weights again with torch.save")
        }
        guard header <= file.size - 30 else { throw malformed("begins beyond the end of the file") }
        var local = Fields(bytes: try file.bytes(30, at: header), path: file.path)
        try local.expect(localSignature)
        local.position = 26
        let data = header + 30 + (try local.number(2)) + (try local.number(2))
        guard data <= file.size, size <= file.size - data else {
            throw malformed("ends beyond the end of the file; the file may be cut off; download it again")
        }
        return Entry(name: name, header: header, bytes: data..<data + size)
    }

    /// The bytes of an extra field's record with that tag.
    private static func extra(_ bytes: [UInt8], tag: Int, path: String) throws(CheckpointError) -> [UInt8] {
        var fields = Fields(bytes: bytes, path: path)
        while fields.bytes.count - fields.position >= 4 {
            let found = try fields.number(2)
            let record = try fields.take(try fields.number(2))
            if found == tag { return Array(record) }
        }
        return []
    }

    /// Little-endian fields of a record.
    private struct Fields {
        let bytes: [UInt8]
        let path: String
        var position = 0

        mutating func take(_ count: Int) throws(CheckpointError) -> ArraySlice<UInt8> {
            guard position <= bytes.count, count <= bytes.count - position else {
                throw .malformedZip(file: path, problem: "its directory ends within an entry")
            }
            position += count
            return bytes[position - count..<position]
        }

        mutating func number(_ count: Int) throws(CheckpointError) -> Int {
            var value: UInt64 = 0
            for byte in try take(count).reversed() { value = value << 8 | UInt64(byte) }
            guard let number = Int(exactly: value) else {
                throw .malformedZip(file: path, problem: "a length of \(value) bytes")
            }
            return number
        }

        mutating func expect(_ signature: [UInt8]) throws(CheckpointError) {
            guard try take(signature.count).elementsEqual(signature) else {
                throw .malformedZip(file: path, problem: "an entry is missing where its directory says one is")
            }
        }
    }
}
