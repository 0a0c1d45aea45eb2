extension LoadFigures {
    /// What a load of queries did.
    var lines: [String] {
        func percentiles(_ statistics: Statistics) -> String {
            [("p50", statistics.p50), ("p90", statistics.p90), ("p99", statistics.p99), ("max", statistics.max)]
                .compactMap { name, value in value.map { "\(name) \(Figures.milliseconds($0))" } }
                .joined(separator: ", ") + " ms"
        }
        var head = kind.rawValue
        if let rate { head += " at \(Figures.short(rate)) queries/s" }
        head += ": \(Figures.counted(queries, "query", "queries")) served, \(Figures.short(achievedRate))/s"
        head += ", busy \(Figures.fixed(100 * busy, 0)) %"
        if let isSustained { head += isSustained ? ", sustained" : ", NOT sustained" }
        if unserved > 0 { head += ", \(unserved) given up" }
        head += ", at most \(greatestQueue) waited"
        var lines = [head, "from arrival \(percentiles(latency)); service \(percentiles(service))"]
        if let deadlineMisses { lines.append("\(deadlineMisses) beyond the deadline, counted from arrival") }
        if let search {
            let rule = "\(Figures.short(search.percentile)) % within \(Figures.short(search.deadline)) ms"
            let confidence = "\(Figures.fixed(100 * RateSearch.confidence, 0)) % confidence"
            let found = search.rate.map { "\(Figures.short($0)) queries/s" } ?? "none that was tried"
            lines.append("the greatest rate with \(rule): \(found); \(Figures.short(search.exceededRate)) is too much")
            lines.append("\(confidence), \(Figures.counted(search.trials.count, "trial")) of \(search.queries) queries")
        }
        return lines
    }
}
