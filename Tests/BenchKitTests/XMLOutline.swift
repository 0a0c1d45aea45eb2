import Foundation

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// The elements of an XML text, in order.
final class XMLOutline: NSObject, XMLParserDelegate {
    /// An element with what is in it.
    struct Element {
        let name: String
        let attributes: [String: String]
        /// The names of those that it lies in, from the outermost on, and the ids where they have one.
        let path: [String]
        var text = ""

        func has(_ style: String) -> Bool {
            (attributes["class"] ?? "").split(separator: " ").contains(Substring(style))
        }
    }

    private(set) var elements: [Element] = []
    private var open: [Int] = []

    /// Nil if the text is not well-formed.
    init?(_ text: String) {
        super.init()
        let parser = XMLParser(data: Data(text.utf8))
        parser.delegate = self
        if !parser.parse() { return nil }
    }

    /// Elements of that name, in the element with that id where one is given.
    func all(_ name: String, style: String? = nil, within id: String? = nil) -> [Element] {
        elements.filter { element in
            element.name == name && (style.map(element.has) ?? true) && (id.map(element.path.contains) ?? true)
        }
    }

    func parser(
        _: XMLParser, didStartElement name: String, namespaceURI _: String?, qualifiedName _: String?,
        attributes: [String: String]
    ) {
        let path = open.map { elements[$0].attributes["id"] ?? elements[$0].name }
        open.append(elements.count)
        elements.append(Element(name: name, attributes: attributes, path: path))
    }

    func parser(_: XMLParser, foundCharacters characters: String) {
        for index in open { elements[index].text += characters }
    }

    func parser(_: XMLParser, didEndElement _: String, namespaceURI _: String?, qualifiedName _: String?) {
        open.removeLast()
    }
}
