extension TextReport {
    /// What a load of queries did; nothing where none was measured.
    func load(_ load: LoadFigures?) -> String {
        guard let load else { return "" }
        func percentiles(_ statistics: Statistics) -> String {
            [("p50", statistics.p50), ("p90", statistics.p90), ("p99", statistics.p99), ("max", statistics.max)]
                .compactMap { name, value in value.map { "\(name) \(Figures.milliseconds($0))" } }
                .joined(separator: ", ") + " ms"
        }
        var head = load.kind.rawValue
        if let rate = load.rate { head += " at \(Figures.short(rate)) queries/s" }
        head += ": \(Figures.counted(load.queries, "query", "queries")) served, \(Figures.short(load.achievedRate))/s"
        head += ", busy \(Figures.fixed(100 * load.busy, 0)) %"
        if let sustained = load.isSustained { head += sustained ? ", sustained" : ", NOT sustained" }
        if load.unserved > 0 { head += ", \(load.unserved) given up" }
        head += ", at most \(load.greatestQueue) waited"
        var text = "load        \(head)\n"
        text += "            from arrival \(percentiles(load.latency)); service \(percentiles(load.service))\n"
        if let misses = load.deadlineMisses {
            text += "            \(misses) beyond the deadline, counted from arrival\n"
        }
        if let search = load.search {
            let rule = "\(Figures.short(search.percentile)) % within \(Figures.short(search.deadline)) ms"
            let confidence = "\(Figures.fixed(100 * RateSearch.confidence, 0)) % confidence"
            let found = search.rate.map { "\(Figures.short($0)) queries/s" } ?? "none that was tried"
            text += "            the greatest rate with \(rule): \(found); "
            text += "\(Figures.short(search.exceededRate)) is too much\n"
            text +=
                "            \(confidence), \(Figures.counted(search.trials.count, "trial")) of \(search.queries) queries\n"
        }
        return text
    }
}
