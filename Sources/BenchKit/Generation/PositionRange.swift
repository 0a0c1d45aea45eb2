/// `A:B` as flags have it: from A to below B; either may be left out.
struct PositionRange {
    private let text: String
    private let option: String
    private let lower: Int?
    private let upper: Int?

    /// - Parameter option: the flag's name.
    /// - Throws: `BenchError.option`.
    init(_ text: String, option: String) throws(BenchError) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let numbers = parts.map { Int($0) }
        guard parts.count == 2, zip(parts, numbers).allSatisfy({ $0.isEmpty || ($1 ?? -1) >= 0 }) else {
            throw .option(name: option, found: text, expected: "A:B, from A to below B, counted from 0")
        }
        (self.text, self.option) = (text, option)
        (lower, upper) = (numbers[0], numbers[1])
    }

    /// The range within `count`.
    ///
    /// - Parameter whole: what is counted, for errors.
    /// - Throws: `BenchError.option` for an empty range, and for one that ends beyond.
    func range(within count: Int, of whole: String) throws(BenchError) -> Range<Int> {
        let (first, end) = (lower ?? 0, upper ?? count)
        guard first < end, end <= count else {
            throw .option(name: option, found: text, expected: "a part of 0:\(count), \(whole)")
        }
        return first..<end
    }
}
