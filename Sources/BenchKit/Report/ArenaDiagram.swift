/// The arena over time: offsets upwards, stages to the right, darker where more of a cell is in use.
enum ArenaDiagram {
    private static let mostRows = 12
    private static let mostColumns = 72
    private static let shades: [Character] = [" ", "░", "▒", "▓", "█"]

    /// A line for each slice of the arena, the highest offsets first; empty if there is nothing to draw.
    static func text(_ buffers: [PlanReport.Buffer], bytes: Int, stages: Int, indent: String) -> String {
        guard bytes > 0, stages > 0 else { return "" }
        let rows = min(mostRows, max(1, bytes / 64))
        let columns = min(mostColumns, stages)
        var text = ""
        for row in (0..<rows).reversed() {
            let slice = bytes * row / rows..<bytes * (row + 1) / rows
            var line = indent + "│"
            for column in 0..<columns {
                let stage = stages * column / columns
                let used = buffers.reduce(0) { used, buffer in
                    guard buffer.firstStage <= stage, stage <= buffer.lastStage else { return used }
                    return used + slice.clamped(to: buffer.offset..<buffer.offset + buffer.bytes).count
                }
                // Gaps of the alignment do not make a full cell paler.
                let share = Double(used) / Double(slice.count)
                line.append(shades[share > 0.97 ? 4 : Int((share * 4).rounded(.up))])
            }
            text += line + "│ \(Figures.bytes(slice.upperBound))\n"
        }
        return text + indent + "└" + String(repeating: "─", count: columns) + "┘ "
            + "stages 0 to \(stages - 1), offsets upwards\n"
    }
}
