/// Times in nanoseconds.
struct Samples {
    private var sorted: [UInt64]

    init(_ times: [UInt64]) { sorted = times.sorted() }

    var count: Int { sorted.count }

    /// Nearest rank; 0 where there is nothing.
    func percentile(_ percent: Int) -> UInt64 {
        sorted.isEmpty ? 0 : sorted[max(1, (sorted.count * percent + 99) / 100) - 1]
    }

    /// A row of the table.
    func row(_ name: String) -> String {
        let cells = [name, "\(sorted.count)"] + [10, 50, 90, 99].map { "\(percentile($0))" }
        return "| " + cells.joined(separator: " | ") + " |"
    }
}
