/// Parts of SVG drawings.
enum SVG {
    /// A drawing on white.
    static func document(width: Double, height: Double, fontSize: Double, _ body: String) -> String {
        let size = (x: number(width), y: number(height))
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(size.x)" height="\(size.y)" \
            viewBox="0 0 \(size.x) \(size.y)" font-family="sans-serif" font-size="\(number(fontSize))">
            <rect width="100%" height="100%" fill="white"/>

            """ + body + "</svg>\n"
    }

    /// Text whose anchor is `start`, `middle` or `end`.
    static func label(
        _ text: String, _ x: Double, _ y: Double, anchor: String = "start", attributes: String = ""
    ) -> String {
        """
        <text x="\(number(x))" y="\(number(y))" text-anchor="\(anchor)"\(attributes)>\(escaped(text))</text>

        """
    }

    /// A line.
    static func line(_ from: (x: Double, y: Double), _ to: (x: Double, y: Double), _ colour: String) -> String {
        """
        <line x1="\(number(from.x))" y1="\(number(from.y))" x2="\(number(to.x))" y2="\(number(to.y))" \
        stroke="\(colour)"/>

        """
    }

    /// Hundredths of a pixel.
    static func number(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        let (whole, rest) = hundredths.magnitude.quotientAndRemainder(dividingBy: 100)
        let text = rest == 0 ? "\(whole)" : "\(whole).\(rest < 10 ? "0" : "")\(rest)"
        return hundredths < 0 ? "-" + text : text
    }

    /// Text as XML and HTML have it. What XML has no characters for becomes U+FFFD.
    ///
    /// Source: XML 1.0, 2.2.
    static func escaped(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result.append(contentsOf: "&amp;".unicodeScalars)
            case "<": result.append(contentsOf: "&lt;".unicodeScalars)
            case ">": result.append(contentsOf: "&gt;".unicodeScalars)
            case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
            case "\t", "\n", "\r": result.append(scalar)
            case "\0"..<" ", "\u{FFFE}", "\u{FFFF}": result.append("\u{FFFD}")
            default: result.append(scalar)
            }
        }
        return String(result)
    }
}
