/// Sober colour for text on a terminal: labels are bold, warnings yellow. It goes by the layout of reports: a label begins
/// its line, and two spaces end it; a line of one word is the title of what is indented below.
///
/// Source of the codes: ECMA-48, Select Graphic Rendition.
public enum TextColour {
    private static let bold = "\u{1B}[1m"
    private static let yellow = "\u{1B}[33m"
    private static let plain = "\u{1B}[0m"

    /// The text with codes of colour.
    public static func painted(_ text: String) -> String {
        var isWarning = false
        return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            guard let first = line.first else {
                isWarning = false
                return ""
            }
            if first == " " { return isWarning ? yellow + line + plain : String(line) }
            isWarning = line == "warnings"
            guard let end = labelEnd(line) else { return String(line) }
            return bold + line[..<end] + plain + line[end...]
        }.joined(separator: "\n")
    }

    /// Where the label that begins a line ends; nil where none does.
    private static func labelEnd(_ line: Substring) -> Substring.Index? {
        if !line.contains(" ") { return line.endIndex }
        return zip(line.indices, line.indices.dropFirst()).first { line[$0] == " " && line[$1] == " " }?.0
    }
}
