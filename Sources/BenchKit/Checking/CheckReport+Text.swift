extension CheckReport {
    /// Summary, machine, a line for each check, what to do.
    public var plainText: String {
        var text = "unet1d \(host.version)  \(summary)\n\n\(machine)\n"
        for group in CheckGroup.allCases {
            let results = results.filter { $0.group == group }
            if results.isEmpty { continue }
            var table = Table([("", .left), (group.rawValue, .left), ("", .left)])
            for result in results { table.add([result.outcome.word, result.name, result.outcome.detail]) }
            text += "\n" + table.text(indent: "")
            text += results.compactMap { result in
                result.outcome.advice.map { "         → \(result.name): \($0)\n" }
            }.joined()
        }
        return text + "\n\(conclusion)\n"
    }

    /// Summary, machine and a table, to be pasted in a bug report.
    public var markdown: String {
        var table = Table([("", .left), ("check", .left), ("found", .left)])
        for result in results {
            let advice = result.outcome.advice.map { " → \($0)" } ?? ""
            let word = result.outcome.word
            table.add([
                word == "FAIL" ? "**FAIL**" : word, "\(result.group.rawValue): \(result.name)",
                result.outcome.detail + advice,
            ])
        }
        return "**unet1d \(host.version)**: \(summary)\n\n\(machine)\n\n" + table.markdown
    }

    /// Outcomes, counted.
    private var summary: String {
        let counts = ["FAIL", "error", "warning", "skipped", "ok"].compactMap { word in
            count(word) == 0 && word != "FAIL" ? nil : "\(count(word)) \(word == "FAIL" ? "failed" : word)"
        }
        return "\(Figures.counted(results.count, "check")) in \(Figures.fixed(seconds, 1)) s: "
            + counts.joined(separator: ", ")
    }

    private var machine: String {
        var parts = [host.cpu, Figures.counted(host.cores, "core"), Figures.counted(host.numaNodes, "memory node")]
        parts.append(instructionSets.joined(separator: ", ") + (multipliesBFloat ? " with bfloat16" : ""))
        if let peak = host.peakGflops { parts.append("\(Figures.short(peak)) GFLOP/s") }
        if let cache = host.cacheBandwidthGBs { parts.append("\(Figures.short(cache)) GB/s from the last-level cache") }
        if let memory = host.bandwidthGBs { parts.append("\(Figures.short(memory)) GB/s from memory") }
        return (parts + [host.os]).filter { !$0.isEmpty }.joined(separator: ", ")
    }

    private var conclusion: String {
        if !passed { return "A promise is broken on this machine: please report it, with this text." }
        if isInterrupted { return "\(Interruption.name) ended it before everything was checked." }
        if count("error") > 0 { return "Not everything could be checked." }
        if count("warning") > 0 {
            return "No promise is broken on this machine; the warnings say what to mend before measuring."
        }
        return "Everything that was checked holds on this machine."
    }
}
