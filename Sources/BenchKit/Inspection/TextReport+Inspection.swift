import Checkpoint

extension TextReport {
    /// Entries of a list that are printed before it says how many more there are.
    private static let listed = 20

    /// Whether it runs, what is wrong, configuration, weights by block, tensors that do not fit.
    func text(_ inspection: ModelInspection) -> String {
        var text = """
            model       \(inspection.model)\(inspection.folder.map { $0 == inspection.model ? "" : " → \($0)" } ?? "")
            runs        \(inspection.runs ? "yes" : "no")
            lengths     \(inspection.lengths?.description ?? "not known")
            parameters  \(inspection.parameters.map { "\($0)" } ?? "not known")
            weights     \(weights(inspection))

            """
        if !inspection.problems.isEmpty {
            text += "\nproblems\n" + inspection.problems.map { "  \($0)\n" }.joined()
        }
        if let configuration = inspection.configuration {
            text += "\nconfiguration\n"
            var table = Table([("field", .left), ("value", .left)])
            for field in configuration.fields { table.add([field.key, Self.shown(field.value)]) }
            text += table.text(indent: "  ")
        }
        if !inspection.blocks.isEmpty {
            text += "\nblocks\n"
            var table = Table([("name", .left), ("parameters", .right)])
            for block in inspection.blocks { table.add([block.name, "\(block.parameters)"]) }
            text += table.text(indent: "  ")
        }
        if let fit = inspection.fit {
            text += list("missing", fit.missing.map { "\($0.name) \($0.shape)" })
            text += list("misshapen", fit.misshapen.map { "\($0.name) has \($0.found), needs \($0.expected)" })
            text += list("unexpected", fit.unexpected.map { "\($0.name.cut(80)) \($0.shape)" })
        }
        text += list("not finite", inspection.nonFinite.map { "\($0.name): \($0.count) of \($0.elements)" })
        return text + notes(inspection.notes)
    }

    private func weights(_ inspection: ModelInspection) -> String {
        guard let path = inspection.weightsPath else { return "none that can be read" }
        let types = inspection.elementTypes.map {
            "\(Figures.counted($0.tensors, "tensor")) of \($0.type.name), \(Figures.bytes($0.bytes))"
        }
        return ([path] + types).joined(separator: ", ")
    }

    private func list(_ title: String, _ lines: [String]) -> String {
        guard !lines.isEmpty else { return "" }
        let rest = lines.count - Self.listed
        return "\n\(title)\n" + lines.prefix(Self.listed).map { "  \($0)\n" }.joined()
            + (rest > 0 ? "  and \(rest) more\n" : "")
    }

    private static func shown(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .double(let value): value.fieldValue.json()
        case .string(let value): value
        case .array(let values): values.map(shown).joined(separator: ", ")
        case .object: "{…}"
        }
    }
}
