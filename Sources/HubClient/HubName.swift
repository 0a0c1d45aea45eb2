/// What a user or a server names: each is checked before it becomes a path or part of a URL.
enum HubName {
    /// Whether a text is a file's path within a repository: parts that lead nowhere else, in a length that file systems take.
    static func isPath(_ text: String) -> Bool {
        text.utf8.count <= 1024
            && text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
                part != "" && part != "." && part != ".." && part.utf8.count <= 255
            } && !text.unicodeScalars.contains { $0.value < 0x20 || 0x7F..<0xA0 ~= $0.value || $0 == "\\" }
    }

    /// Whether a text is a commit's hash, as the hub gives it.
    static func isCommit(_ text: String) -> Bool { text.utf8.count == 40 && isHexadecimal(text) }

    /// Whether a text is a hash of a file's content, which the hub gives as its ETag: SHA-256, or SHA-1 of a Git blob.
    static func isContentHash(_ text: String) -> Bool { [40, 64].contains(text.utf8.count) && isHexadecimal(text) }

    private static func isHexadecimal(_ text: String) -> Bool {
        text.utf8.allSatisfy {
            UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "f") ~= $0
        }
    }

    /// A text as a part of a URL's path: all but letters, digits and `-._~` as percent escapes.
    static func escaped(_ text: some StringProtocol) -> String {
        var result = ""
        for byte in text.utf8 {
            let scalar = Unicode.Scalar(byte)
            let isPlain =
                scalar.properties.isAlphabetic || "0"..."9" ~= scalar || "-._~".unicodeScalars.contains(scalar)
            if scalar.isASCII, isPlain {
                result.unicodeScalars.append(scalar)
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.count < 2 ? "0" : "") + digits
            }
        }
        return result
    }

    /// A path as a part of a URL's path, its slashes kept.
    static func escapedPath(_ path: String) -> String {
        path.split(separator: "/", omittingEmptySubsequences: false).map { escaped($0) }.joined(separator: "/")
    }
}
