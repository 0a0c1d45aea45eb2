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

    /// A line; whoever points at it sees the title.
    static func line(
        _ from: (x: Double, y: Double), _ to: (x: Double, y: Double), _ colour: String, title: String? = nil
    ) -> String {
        let title = title.map { "<title>\(escaped($0))</title>" } ?? ""
        return """
            <line x1="\(number(from.x))" y1="\(number(from.y))" x2="\(number(to.x))" y2="\(number(to.y))" \
            stroke="\(colour)">\(title)</line>

            """
    }

    /// Hundredths of a pixel.
    static func number(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        let (whole, rest) = hundredths.magnitude.quotientAndRemainder(dividingBy: 100)
        let text = rest == 0 ? "\(whole)" : "\(whole).\(rest < 10 ? "0" : "")\(rest)"
        return hundredths < 0 ? "-" + text : text
    }

    /// Text as XML has it.
    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
        return result
    }
}
