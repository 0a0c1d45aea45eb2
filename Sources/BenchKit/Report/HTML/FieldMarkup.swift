/// Fields of any report as lists and tables.
enum FieldMarkup {
    /// Names and values; members that are objects or lists of objects follow with headings of their own.
    static func object(_ members: [(key: String, value: FieldValue)]) -> Markup {
        let plain = members.compactMap { key, value in text(value).map { (name: key, value: $0) } }
        return .group(
            [Page.facts(plain)]
                + members.compactMap { key, value in
                    switch value {
                    case .object(let inner): .group([Markup("h3") { key }, object(inner)])
                    case .array(let rows): table(key, rows).map { .group([Markup("h3") { key }, $0]) }
                    default: nil
                    }
                })
    }

    /// A table of objects with the same members; nil for a list of anything else.
    private static func table(_ name: String, _ rows: [FieldValue]) -> Markup? {
        let objects = rows.compactMap { row in if case .object(let members) = row { members } else { nil } }
        guard let first = objects.first, objects.count == rows.count else { return nil }
        let texts = first.indices.filter { if case .string = first[$0].value { true } else { false } }
        return Page.table(
            name, first.map(\.key), texts: Set(texts),
            rows: objects.map { members in members.map { text($0.value) ?? $0.value.json() } })
    }

    /// A plain value or a list of such; nil for anything else.
    private static func text(_ value: FieldValue) -> String? {
        switch value {
        case .null: return "–"
        case .bool(let truth): return truth ? "yes" : "no"
        case .integer(let count): return "\(count)"
        case .number(let number):
            return number == number.rounded()
                ? Figures.fixed(number, 0) : Figures.fixed(number, abs(number) < 1 ? 6 : 3)
        case .string(let text): return text
        case .object: return nil
        case .array(let values):
            let texts = values.compactMap(text)
            return texts.count == values.count ? (texts.isEmpty ? "none" : texts.joined(separator: ", ")) : nil
        }
    }
}
