import UNet1D

extension Tuning {
    /// What was measured, and where it was written, for people.
    public func text(file: String) -> String {
        var table = Table([
            ("GB/s", .left), ("L1", .right), ("L2", .right), ("last level", .right), ("memory", .right),
        ])
        for (name, bandwidths) in [
            ("one core", machine.oneCoreBandwidth),
            (Figures.counted(machine.cores, "worker"), machine.allCoresBandwidth),
        ] {
            table.add(
                [name]
                    + [bandwidths.l1, bandwidths.l2, bandwidths.l3, bandwidths.memory].map { Figures.short($0 / 1e9) })
        }
        let rates = machine.multiplyAddsPerSecond
        let peaks = ISA.allCases.reversed().map { isa in
            "\(isa.rawValue) \(Figures.short(2 * rates[isa] / 1e9))"
        }
        return """
            processor   \(machine.processor)
            peak        \(peaks.joined(separator: ", ")) GFLOP/s a core
            weights     stay in the last-level cache up to \(Figures.bytes(machine.cachedWeightBytes))
            barrier     \(Figures.short(machine.barrierNanoseconds)) ns with \(Figures.counted(machine.cores, "worker"))

            \(table.text(indent: ""))
            \(findings.joined(separator: "\n"))

            machine profile \(machine.name) written to \(file); use it with --machine \(file)

            """
    }
}
