package import UNet1D

/// Signals as a person would look at them, as SVG: waveform and spectrogram of audio, traces of other signals, states over time
/// of plans.
package struct SignalDrawing {
    /// A signal with a line of text above it.
    package struct Subject {
        let caption: String
        /// (batch, channels, length).
        let signal: Tensor
        let colour: String
        /// Positions that traces show in another colour.
        let marked: Range<Int>

        /// A signal, (batch, channels, length), in a colour of SVG's, `marked` positions of it in another.
        package init(caption: String, signal: Tensor, colour: String, marked: Range<Int> = 0..<0) {
            self.caption = caption
            self.signal = signal
            self.colour = colour
            self.marked = marked
        }
    }

    /// The first line.
    let title: String
    let subjects: [Subject]
    /// Samples a second; nil: positions are counted.
    let sampleRate: Int?

    /// A drawing of signals below one another.
    package init(title: String, subjects: [Subject], sampleRate: Int?) {
        self.title = title
        self.subjects = subjects
        self.sampleRate = sampleRate
    }

    /// From this rate on a signal is audio.
    private static let lowestAudioRate = 2000
    /// What is short and has several channels is a plan.
    private static let (longestPlan, fewestStates) = (256, 3)
    /// The most panels of a subject, and the most batch elements in one panel.
    private static let (mostPanels, mostElements) = (24, 8)

    // Text must stay legible where the drawing is scaled to a phone's width.
    private static let (width, fontSize) = (560.0, 15.0)
    private static let (left, right) = (54.0, 40.0)
    private static let markedColour = "#d62728"
    private static let colours = [
        "#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#17becf",
    ]

    /// The drawing.
    package func svg() -> String {
        var body = SVG.label(title, 12, 24, attributes: " font-weight=\"bold\"")
        var y = 30.0
        for subject in subjects { body += draw(subject, &y) }
        return SVG.document(width: Self.width, height: y + 8, fontSize: Self.fontSize, body)
    }

    /// Draws a subject below `y`, which moves to its end.
    private func draw(_ subject: Subject, _ y: inout Double) -> String {
        let shape = subject.signal.shape
        let isAudio = (sampleRate ?? 0) >= Self.lowestAudioRate
        let isPlan = !isAudio && shape[1] >= Self.fewestStates && shape[2] <= Self.longestPlan
        let panels = isPlan ? planPanels(subject) : tracePanels(subject)
        let shown = panels.prefix(isAudio ? Self.mostPanels / 6 : Self.mostPanels)
        var text = ""
        var caption = subject.caption
        if shown.count < panels.count { caption += ", the first \(shown.count) of \(panels.count) signals" }
        if isPlan, shape[0] > Self.mostElements { caption += ", the first \(Self.mostElements) of \(shape[0]) plans" }
        text += SVG.label(caption, 12, y + 18)
        y += 28
        let times = times(shape[2])
        for (i, panel) in shown.enumerated() {
            let height = isAudio ? 84.0 : isPlan ? 40 : shown.count <= 2 ? 140 : shown.count <= 6 ? 90 : 56
            var frame = Panel(
                left: Self.left, right: Self.width - Self.right, top: y, height: height, times: times,
                isSmall: height < 60)
            text += frame.trace(panel.traces, range: panel.range, name: panel.name)
            // Numbers at the ends of neighbours do not touch.
            y += height + (frame.isSmall ? 6 : 16)
            if isAudio, let sampleRate {
                frame.top = y
                frame.height = 150
                text += frame.spectrogram(Spectrogram(panel.traces[0].values, sampleRate: sampleRate))
                y = frame.top + frame.height + (i + 1 < shown.count ? 18 : 6)
            }
        }
        let axis = Panel(
            left: Self.left, right: Self.width - Self.right, top: isPlan ? y : y - 6, height: 0, times: times,
            isSmall: false)
        text += axis.timeAxis(unit: sampleRate == nil ? "position" : "s", end: Self.width - 6)
        y += 26
        return text
    }

    /// Seconds, or positions.
    private func times(_ length: Int) -> Scale {
        let end = Double(length) / Double(sampleRate ?? 1)
        return Scale(0...end, count: 6)
    }

    /// What one panel shows.
    private struct Content {
        let name: String
        let traces: [Panel.Trace]
        /// Between what values lie.
        let range: ClosedRange<Double>
    }

    /// A panel for each channel of each batch element, all in the same scale, which is that of the other subjects too.
    private func tracePanels(_ subject: Subject) -> [Content] {
        let (shape, scalars) = (subject.signal.shape, subject.signal.scalars)
        let rows = shape[0] * shape[1]
        let range = Self.range(subjects.flatMap(\.signal.scalars)[...])
        return (0..<rows).map { row in
            let name = shape[0] > 1 && shape[1] > 1 ? "\(row / shape[1])·\(row % shape[1])" : rows > 1 ? "\(row)" : ""
            let values = scalars[row * shape[2]..<(row + 1) * shape[2]]
            var traces = [Panel.Trace(values: values, colour: subject.colour)]
            if !subject.marked.isEmpty {
                var marked = [Float](repeating: .nan, count: shape[2])
                for i in subject.marked { marked[i] = values[values.startIndex + i] }
                traces.append(Panel.Trace(values: marked[...], colour: Self.markedColour))
            }
            return Content(name: name, traces: traces, range: range)
        }
    }

    /// A panel for each channel, each in its own scale, with a trace for each batch element.
    private func planPanels(_ subject: Subject) -> [Content] {
        let (shape, scalars) = (subject.signal.shape, subject.signal.scalars)
        return (0..<shape[1]).map { channel in
            let traces = (0..<min(shape[0], Self.mostElements)).map { element in
                let row = element * shape[1] + channel
                return Panel.Trace(
                    values: scalars[row * shape[2]..<(row + 1) * shape[2]],
                    colour: shape[0] == 1 ? subject.colour : Self.colours[element])
            }
            let ranges = traces.map { Self.range($0.values) }
            let low = ranges.map(\.lowerBound).min() ?? 0
            return Content(name: "\(channel)", traces: traces, range: low...(ranges.map(\.upperBound).max() ?? low))
        }
    }

    /// The smallest range with all numbers in it, leaving out those that are none.
    private static func range(_ values: ArraySlice<Float>) -> ClosedRange<Double> {
        var (low, high) = (Float.infinity, -Float.infinity)
        for value in values where value.isFinite {
            low = min(low, value)
            high = max(high, value)
        }
        return low <= high ? Double(low)...Double(high) : 0...0
    }
}
