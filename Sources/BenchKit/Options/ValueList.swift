/// The values that a text gives: `1,2`, or whole numbers by ranges as llama-bench has them: `1-4`, `1-9+2`, `4096-65536*2`.
enum ValueList {
    /// The most values of one text.
    static let mostValues = 1000

    /// The values, in order.
    ///
    /// - Parameters:
    ///   - name: the flag's, for errors.
    ///   - hasRanges: whether the values are whole numbers, which ranges give.
    /// - Throws: `BenchError.option`.
    static func values(_ text: String, name: String, hasRanges: Bool) throws(BenchError) -> [String] {
        var values: [String] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            if hasRanges, let range = Range(part) {
                guard range.isSound else {
                    throw .option(
                        name: name, found: text,
                        expected: "a range such as 1-4, 1-9+2 or 1-16*2: a first number that is not above the last, "
                            + "a step of 1 or more, a factor of 2 or more")
                }
                values += range.numbers(atMost: mostValues + 1).map(String.init)
            } else {
                values.append(String(part))
            }
            if values.count > mostValues {
                throw .option(name: name, found: text, expected: "\(mostValues) values at most")
            }
        }
        if values.contains(""), values.count > 1 {
            throw .option(name: name, found: text, expected: "a value between any two commas")
        }
        return values
    }

    /// `first-last`, `first-last+step` or `first-last*factor`.
    private struct Range {
        var first: Int
        var last: Int
        var step = 1
        var factor = 1

        /// Nil for a text of another form.
        init?(_ text: Substring) {
            guard let dash = text.dropFirst().firstIndex(of: "-"), let first = Int(text[..<dash]) else { return nil }
            let end = text[text.index(after: dash)...]
            let sign = end.firstIndex { $0 == "+" || $0 == "*" }
            guard let last = Int(end[..<(sign ?? end.endIndex)]) else { return nil }
            (self.first, self.last) = (first, last)
            guard let sign else { return }
            guard let number = Int(end[end.index(after: sign)...]) else { return nil }
            if end[sign] == "*" { (step, factor) = (0, number) } else { step = number }
        }

        var isSound: Bool { first <= last && (factor == 1 ? step >= 1 : factor >= 2 && first >= 1) }

        func numbers(atMost most: Int) -> [Int] {
            var numbers: [Int] = []
            var next: Int? = first
            while let number = next, number <= last, numbers.count < most {
                numbers.append(number)
                let (product, overflows) = number.multipliedReportingOverflow(by: factor)
                let (sum, passes) = product.addingReportingOverflow(step)
                next = overflows || passes ? nil : sum
            }
            return numbers
        }
    }
}

extension Setting {
    /// The values that a flag's text gives.
    ///
    /// - Throws: `BenchError.option` for a text that is no list.
    func values(_ text: String) throws(BenchError) -> [String] {
        switch kind {
        case .integer, .textOrInteger: try ValueList.values(text, name: name, hasRanges: true)
        case .number, .text, .truth: try ValueList.values(text, name: name, hasRanges: false)
        }
    }

    /// Puts the value that a text is in its place.
    ///
    /// - Throws: `BenchError.option` for a text that is none.
    public func set(_ text: String, in settings: inout Settings) throws(BenchError) {
        switch kind {
        case .integer(let path):
            guard let number = Int(text) else { throw .option(name: name, found: text, expected: "a whole number") }
            settings[keyPath: path] = number
        case .number(let path):
            guard let number = Double(text) else { throw .option(name: name, found: text, expected: "a number") }
            settings[keyPath: path] = number
        case .text(let path), .textOrInteger(let path): settings[keyPath: path] = text
        case .truth: preconditionFailure("--\(name) has no value")
        }
    }
}
