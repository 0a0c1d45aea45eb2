/// A zip archive without compression, as torch.save writes one, or with faults.
///
/// Source: PKWARE, APPNOTE.TXT 6.3.10, sections 4.3.6 to 4.3.16 and 4.5.3 (Zip64).
package struct ZipBytes: Sendable {
    package struct Entry: Sendable {
        package var name: String
        package var bytes: [UInt8]
        package var flags = 0
        package var method = 0
        /// What the directory says of the size and of where the entry begins; nil: what is so.
        package var size: Int?
        package var header: Int?
        /// Whether the directory says them in eight bytes.
        package var isLong = false

        package init(_ name: String, _ bytes: [UInt8]) {
            self.name = name
            self.bytes = bytes
        }
    }

    package var entries: [Entry]
    /// What the end of the directory says; nil: what is so.
    package var count: Int?
    package var directoryBytes: Int?
    package var directoryStart: Int?
    /// Whether the end of the directory says them in eight bytes.
    package var isLong = false
    package var comment: [UInt8] = []

    package init(_ entries: [Entry]) { self.entries = entries }

    package var bytes: [UInt8] {
        var file: [UInt8] = []
        var directory: [UInt8] = []
        for entry in entries {
            let size = entry.size ?? entry.bytes.count
            directory += central(entry, size: size, header: entry.header ?? file.count)
            file += "PK\u{3}\u{4}".utf8
            file += number(20, 2) + number(entry.flags, 2) + number(entry.method, 2) + number(0, 8)
            file += number(entry.bytes.count, 4) + number(entry.bytes.count, 4)
            file += number(entry.name.utf8.count, 2) + number(0, 2) + Array(entry.name.utf8) + entry.bytes
        }
        let start = directoryStart ?? file.count
        let size = directoryBytes ?? directory.count
        let count = count ?? entries.count
        file += directory
        if isLong {
            let record = file.count
            file += "PK\u{6}\u{6}".utf8
            file += number(44, 8) + number(45, 2) + number(45, 2) + number(0, 8) + number(count, 8)
            file += number(count, 8) + number(size, 8) + number(start, 8)
            file += "PK\u{6}\u{7}".utf8
            file += number(0, 4) + number(record, 8) + number(1, 4)
        }
        file += "PK\u{5}\u{6}".utf8
        file += number(0, 4) + number(isLong ? -1 : count, 2) + number(isLong ? -1 : count, 2)
        file += number(isLong ? -1 : size, 4) + number(isLong ? -1 : start, 4)
        return file + number(comment.count, 2) + comment
    }

    private func central(_ entry: Entry, size: Int, header: Int) -> [UInt8] {
        var record = Array("PK\u{1}\u{2}".utf8)
        record += number(20, 2) + number(20, 2) + number(entry.flags, 2) + number(entry.method, 2) + number(0, 8)
        record += entry.isLong ? number(-1, 8) : number(size, 4) + number(size, 4)
        record += number(entry.name.utf8.count, 2) + number(entry.isLong ? 28 : 0, 2) + number(0, 2) + number(0, 8)
        record += number(entry.isLong ? -1 : header, 4) + Array(entry.name.utf8)
        guard entry.isLong else { return record }
        return record + number(1, 2) + number(24, 2) + number(size, 8) + number(size, 8) + number(header, 8)
    }

    /// A little-endian number.
    private func number(_ value: Int, _ bytes: Int) -> [UInt8] {
        (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
