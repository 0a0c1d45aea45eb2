/// The figures that a page begins with.
struct Tiles {
    /// One figure.
    struct Tile {
        let name: String
        let value: String
        var unit = ""
        var note = ""
    }

    let tiles: [Tile]

    var markup: Markup {
        Markup("dl", ["class": "tiles"]) {
            for tile in tiles {
                Markup("div", ["class": "tile"]) {
                    Markup("dt") { tile.name }
                    Markup("dd", ["class": "value"]) {
                        tile.value
                        if !tile.unit.isEmpty { Markup("span", ["class": "unit"]) { " \(tile.unit)" } }
                    }
                    if !tile.note.isEmpty { Markup("dd", ["class": "note"]) { tile.note } }
                }
            }
        }
    }

    init(_ tiles: [Tile]) { self.tiles = tiles }

    /// A time in the unit that suits it.
    static func time(_ name: String, _ milliseconds: Double, note: String) -> Tile {
        let unit = TimeUnit(milliseconds)
        return Tile(name: name, value: unit.number(milliseconds), unit: unit.name, note: note)
    }

    /// Bytes with their unit apart.
    static func bytes(_ name: String, _ bytes: Int, note: String) -> Tile {
        let parts = Figures.bytes(bytes).split(separator: " ")
        return Tile(name: name, value: String(parts[0]), unit: String(parts[1]), note: note)
    }
}

extension Tiles {
    /// p50, p99, forwards a second and memory of a run.
    init(_ report: Report) {
        let (latency, plan) = (report.latency, report.plan)
        let bytes = report.preparation.weightsBytes + plan.arenaBytes + plan.scratchBytes
        let longest = "longest \(TimeUnit.text(latency.max))"
        tiles = [
            Self.time("Median latency, p50", latency.p50, note: "fastest \(TimeUnit.text(latency.min))"),
            latency.p99.map { Self.time("1 in 100 takes longer, p99", $0, note: longest) }
                ?? Tile(name: "1 in 100 takes longer, p99", value: "–", note: "too few forwards; \(longest)"),
            Tile(
                name: "Forwards a second", value: Figures.short(report.forwardsPerSecond),
                note: "at the median; \(Figures.count(report.samplesPerSecond)) positions a second"),
            Self.bytes(
                "Memory of the model", bytes,
                note: "weights \(Figures.bytes(report.preparation.weightsBytes)), the rest is working memory"),
        ]
    }

    /// Memory and work of a plan.
    init(_ report: PlanReport) {
        let plan = report.plan
        tiles = [
            Tile(name: "Operations", value: "\(report.operations.count)", note: "in \(plan.stages) stages"),
            Tile(
                name: "Multiply-adds", value: Figures.count(Double(plan.multiplyAdds)),
                note: "\(Figures.count(Double(plan.products))) with the chosen algorithms"),
            Self.bytes("Weights", plan.weightsBytes, note: "packed"),
            Self.bytes(
                "Arena", plan.arenaBytes,
                note: "\(Figures.bytes(plan.arenaLowerBoundBytes)) are live at once at most"),
        ]
    }
}
