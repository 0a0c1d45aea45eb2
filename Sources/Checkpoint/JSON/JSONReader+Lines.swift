// Lines are counted where an error is reported, by reading the text once more: values keep no positions.

extension JSONReader {
    /// The line, from 1, on which a member stands: its key's. Of repeated keys the last, as `JSONValue` has it.
    ///
    /// - Parameters:
    ///   - keys: the member's key, after those of the objects that it is in.
    ///   - bytes: a text that `read` accepts.
    /// - Returns: the line of the innermost object on the way where the member is not there.
    /// - Complexity: O(bytes × keys).
    package static func line(of keys: [String], in bytes: [UInt8], limits: Limits = .configuration) -> Int {
        var reader = JSONReader(bytes: bytes, file: "", limits: limits)
        reader.skipSpace()
        var found = reader.position
        for key in keys {
            guard let place = try? reader.lastMember(key) else { break }
            found = place
        }
        return line(ofByte: found, in: bytes)
    }

    /// The line, from 1, of the byte at an offset, or of the end.
    package static func line(ofByte offset: Int, in bytes: [UInt8]) -> Int {
        1 + bytes.prefix(offset).count { $0 == UInt8(ascii: "\n") }
    }

    /// Moves to the value of the last member `key` of the object at the position; returns where the key begins, or nil
    /// where there is no such member.
    private mutating func lastMember(_ key: String) throws(CheckpointError) -> Int? {
        var found: (key: Int, value: Int)?
        skipSpace()
        guard skip(UInt8(ascii: "{")) else { return nil }
        skipSpace()
        while next == UInt8(ascii: "\"") {
            let start = position
            let name = try string()
            guard skip(UInt8(ascii: ":")) else { return nil }
            let value = position
            _ = try self.value(depth: 1)
            if name == key { found = (start, value) }
            guard skip(UInt8(ascii: ",")) else { break }
            skipSpace()
        }
        if let found { position = found.value }
        return found?.key
    }
}
