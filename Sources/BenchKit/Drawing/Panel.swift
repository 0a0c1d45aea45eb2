import Glibc

/// A part of a drawing with time to the right.
struct Panel {
    let left: Double
    let right: Double
    var top: Double
    var height: Double
    let times: Scale
    /// Whether there is room for two numbers at most beside it.
    let isSmall: Bool

    /// A line.
    struct Trace {
        let values: ArraySlice<Float>
        let colour: String
    }

    private static let grid = "#e4e4e4"
    private static let smallText = " font-size=\"12\" fill=\"#555\""
    /// From pale to dark: each 6 decibels louder.
    private static let loudness = [
        "#fcf3e3", "#fde3c3", "#fdce9f", "#fbb37c", "#f69563", "#ec7657", "#da5a5a", "#bf4466", "#9e3370", "#7a2773",
        "#551f6b", "#2f1a53",
    ]
    private static let decibelsPerLevel = 6.0

    /// Where a time lies.
    private func x(_ time: Double) -> Double { left + (right - left) * times.share(time) }

    /// Lines over a grid, with numbers to the left and a name to the right.
    func trace(_ traces: [Trace], range: ClosedRange<Double>, name: String) -> String {
        // What does not change lies in the middle.
        let size = max(range.lowerBound.magnitude, range.upperBound.magnitude, 1)
        let isFlat = range.upperBound - range.lowerBound < 1e-6 * size
        let range = isFlat ? range.lowerBound - 0.5 * size...range.upperBound + 0.5 * size : range
        let scale = Scale(range, count: isSmall ? 1 : max(2, Int(height / 32)), isWidened: !isSmall)
        func y(_ value: Double) -> Double { top + height * (1 - min(max(scale.share(value), -1), 2)) }
        var text = ""
        for time in times.ticks { text += SVG.line((x(time), top), (x(time), top + height), Self.grid) }
        if isSmall {
            // The ends' values, and lines at the ends.
            for (value, shift) in [(range.lowerBound, 0.0), (range.upperBound, 8.0)] {
                text += SVG.line((left, y(value)), (right, y(value)), Self.grid)
                text += SVG.label(
                    Figures.fixed(value, 2), left - 6, y(value) + shift, anchor: "end", attributes: Self.smallText)
            }
        } else {
            for tick in scale.ticks {
                text += SVG.line((left, y(tick)), (right, y(tick)), tick.magnitude < 1e-12 ? "#b0b0b0" : Self.grid)
                text += SVG.label(scale.text(tick), left - 6, y(tick) + 4, anchor: "end", attributes: Self.smallText)
            }
        }
        if !name.isEmpty {
            text += SVG.label(name, right + 6, top + height / 2 + 5, attributes: Self.smallText)
        }
        for trace in traces { text += path(trace, y) }
        return text
    }

    /// The line through a trace's values; where several values share a pixel, the range that they cover.
    private func path(_ trace: Trace, _ y: (Double) -> Double) -> String {
        let (values, start) = (trace.values, trace.values.startIndex)
        let pixels = Int(right - left)
        let count = values.count
        let perPixel = max(1, (count + 2 * pixels - 1) / (2 * pixels))
        var commands = ""
        var isDown = false
        for first in stride(from: 0, to: count, by: perPixel) {
            let part = values[start + first..<start + min(first + perPixel, count)].filter(\.isFinite)
            guard let low = part.min(), let high = part.max() else {
                isDown = false
                continue
            }
            // A value is drawn in the middle of the time that it stands for.
            let place = left + (right - left) * (Double(first) + Double(perPixel) / 2) / Double(count)
            for value in low == high ? [low] : [low, high] {
                commands += "\(isDown ? "L" : "M")\(Self.tenths(place)) \(Self.tenths(y(Double(value))))"
                isDown = true
            }
        }
        let width = perPixel > 1 ? "0.8" : "1.4"
        return """
            <path d="\(commands)" fill="none" stroke="\(trace.colour)" stroke-width="\(width)" stroke-linejoin="round"/>

            """
    }

    /// Cells of loudness, with frequencies to the left.
    func spectrogram(_ spectrogram: Spectrogram) -> String {
        let (columns, rows) = (spectrogram.columns, spectrogram.rows)
        let levels = Self.loudness.count
        let cells = spectrogram.decibels.map { levels - 1 - min(Int(-$0 / Self.decibelsPerLevel), levels - 1) }
        let scale = (x: (right - left) / Double(columns), y: height / Double(rows))
        var text = """
            <rect x="\(SVG.number(left))" y="\(SVG.number(top))" width="\(SVG.number(right - left))" \
            height="\(SVG.number(height))" fill="\(Self.loudness[0])"/>
            <g transform="translate(\(SVG.number(left)) \(SVG.number(top))) scale(\(scale.x) \(scale.y))" \
            stroke-width="1.06">

            """
        for level in 1..<levels {
            var commands = ""
            for row in 0..<rows {
                var column = 0
                while column < columns {
                    let first = column
                    while column < columns, cells[row * columns + column] >= level { column += 1 }
                    if column > first { commands += "M\(first) \(rows - 1 - row).5h\(column - first)" }
                    column += 1
                }
            }
            if !commands.isEmpty { text += "<path d=\"\(commands)\" stroke=\"\(Self.loudness[level])\"/>\n" }
        }
        text += "</g>\n"
        for octave in 0..<10 {
            let frequency = Double(125 << octave)
            let share = spectrogram.pitch(frequency)
            guard 0...1 ~= share else { continue }
            let y = top + height * (1 - share)
            let name = frequency < 1000 ? "\(Int(frequency))" : "\(Int(frequency) / 1000) k"
            text += SVG.line((left - 4, y), (left, y), "#555")
            text += SVG.label(name, left - 6, y + 4, anchor: "end", attributes: Self.smallText)
        }
        return text + SVG.label("Hz", right + 6, top + height / 2 + 5, attributes: Self.smallText)
    }

    /// Times below, and their unit, which ends at `end`.
    func timeAxis(unit: String, end: Double) -> String {
        // Digits and letters are about 7 wide.
        let free = end - 7 * Double(unit.count) - 10
        var text = SVG.label(unit, end, top + 12, anchor: "end", attributes: Self.smallText)
        for time in times.ticks where x(time) + 3.5 * Double(times.text(time).count) < free {
            text += SVG.label(times.text(time), x(time), top + 12, anchor: "middle", attributes: Self.smallText)
        }
        return text
    }

    /// Tenths of a pixel.
    private static func tenths(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(abs(tenths % 10))"
    }
}

extension Spectrogram {
    /// Where a frequency lies between the lowest and the highest, 0 to 1.
    func pitch(_ frequency: Double) -> Double { log(frequency / lowest) / log(highest / lowest) }
}
