/// A piece of HTML or SVG that is XML, too: text, which is escaped where it is written, or an element.
indirect enum Markup {
    /// Characters.
    case text(String)
    /// A style sheet or a script: HTML reads these as they stand, so that they may hold neither `<` nor `&`.
    case raw(String)
    /// A tag with attributes and what is inside it.
    case element(String, [(key: String, value: String)], [Markup])
    /// Several pieces in a row.
    case group([Markup])

    /// An element; attributes without a value are left out.
    init(
        _ tag: String, _ attributes: KeyValuePairs<String, String?> = [:],
        @MarkupBuilder _ content: () -> [Markup] = { [] }
    ) {
        self = .element(tag, attributes.compactMap { key, value in value.map { (key: key, value: $0) } }, content())
    }

    /// The text of it.
    var text: String {
        var text = ""
        write(to: &text)
        return text
    }

    /// Elements that HTML has no end tag of, and shapes, which need none.
    private static let closed: Set = ["meta", "link", "rect", "line", "path", "circle"]
    /// Elements that are followed by a line break, so that a file can be read and compared by lines.
    private static let lines: Set = [
        "head", "meta", "link", "title", "style", "script", "header", "main", "section", "div", "dl", "dt", "dd", "h1",
        "h2",
        "h3", "p", "ul", "li", "table", "thead", "tbody", "tr", "details", "summary", "svg", "g", "rect", "line",
        "path", "circle", "text", "desc", "figure", "body",
    ]

    private func write(to text: inout String) {
        switch self {
        case .text(let characters): text += SVG.escaped(characters)
        case .raw(let characters): text += characters
        case .group(let parts): for part in parts { part.write(to: &text) }
        case .element(let tag, let attributes, let content):
            text += "<\(tag)"
            for (key, value) in attributes { text += " \(key)=\"\(SVG.escaped(value))\"" }
            if content.isEmpty, Self.closed.contains(tag) {
                text += "/>"
            } else {
                text += ">"
                for part in content { part.write(to: &text) }
                text += "</\(tag)>"
            }
            if Self.lines.contains(tag) { text += "\n" }
        }
    }
}

/// Lists of markup as they are written in source: texts, elements, conditions and loops.
@resultBuilder
enum MarkupBuilder {
    static func buildExpression(_ text: String) -> [Markup] { [.text(text)] }
    static func buildExpression(_ markup: Markup) -> [Markup] { [markup] }
    static func buildExpression(_ markup: Markup?) -> [Markup] { markup.map { [$0] } ?? [] }
    static func buildExpression(_ markup: [Markup]) -> [Markup] { markup }
    static func buildBlock(_ parts: [Markup]...) -> [Markup] { parts.flatMap(\.self) }
    static func buildOptional(_ part: [Markup]?) -> [Markup] { part ?? [] }
    static func buildEither(first: [Markup]) -> [Markup] { first }
    static func buildEither(second: [Markup]) -> [Markup] { second }
    static func buildArray(_ parts: [[Markup]]) -> [Markup] { parts.flatMap(\.self) }
}
