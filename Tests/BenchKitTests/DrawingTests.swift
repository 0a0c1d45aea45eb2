import Foundation
import Testing
import UNet1D

@testable import BenchKit

/// Drawings of signals, and the transforms behind them.
@Suite struct DrawingTests {
    /// Frequencies come out where they went in, at the strength of a naive transform.
    @Test(arguments: [2, 4, 64, 512]) func theTransformIsFouriers(size: Int) {
        let signal = (0..<size).map { sin(Double($0 * $0)) }
        let power = FourierTransform(size: size).power(signal)
        #expect(power.count == size / 2 + 1)
        for k in 0...size / 2 {
            var (real, imaginary) = (0.0, 0.0)
            for (i, value) in signal.enumerated() {
                let angle = 2 * Double.pi * Double(i * k % size) / Double(size)
                real += value * cos(angle)
                imaginary -= value * sin(angle)
            }
            #expect(abs(power[k] - real * real - imaginary * imaginary) < 1e-9 * Double(size))
        }
    }

    @Test(arguments: [100.0, 440, 1000, 3000]) func aToneIsLoudestAtItsPitch(frequency: Double) {
        let tone = (0..<16000).map { Float(sin(2 * .pi * frequency * Double($0) / 8000)) }
        let picture = Spectrogram(tone[...], sampleRate: 8000)
        let row = Int(picture.pitch(frequency) * Double(picture.rows))
        for column in stride(from: 10, to: picture.columns - 10, by: 20) {
            let levels = (0..<picture.rows).map { picture.decibels[$0 * picture.columns + column] }
            let loudest = levels.indices.max { levels[$0] < levels[$1] } ?? 0
            #expect(abs(loudest - row) <= 1, "\(loudest) instead of \(row)")
        }
    }

    @Test(arguments: [
        (0.0...2.84, 6, false, ["0.0", "0.5", "1.0", "1.5", "2.0", "2.5"]),
        (-0.2...0.9, 4, true, ["-0.5", "0.0", "0.5", "1.0"]),
        (0.0...0.0, 4, true, ["0.0000000000000"]), (0.0...32, 6, false, ["0", "10", "20", "30"]),
    ])
    func axesHaveRoundNumbers(range: ClosedRange<Double>, count: Int, isWidened: Bool, ticks: [String]) {
        let scale = Scale(range, count: count, isWidened: isWidened)
        if range.lowerBound < range.upperBound { #expect(scale.ticks.map(scale.text) == ticks) }
        #expect(scale.range.lowerBound <= range.lowerBound && scale.range.upperBound >= range.upperBound)
    }

    /// Traces, audio and plans are drawn as such, whatever the numbers are, as XML without a number that is none.
    @Test(
        arguments: [
            ([1, 1, 512], 180), ([2, 2, 3000], 16000), ([9, 14, 32], nil), ([1, 1, 1], nil), ([40, 1, 300], 100),
            ([1, 1, 1], 44100),
        ] as [([Int], Int?)])
    func anySignalHasADrawing(shape: [Int], sampleRate: Int?) throws {
        let count = shape.reduce(1, *)
        let signals: [[Float]] = [
            (0..<count).map { sin(Float($0)) }, [Float](repeating: 0, count: count),
            [Float](repeating: .nan, count: count),
            (0..<count).map { $0 % 3 == 0 ? .infinity : $0 % 3 == 1 ? 1e30 : -.nan },
        ]
        for scalars in signals {
            let subject = SignalDrawing.Subject(
                caption: "a < b & \"c\"", signal: Tensor(unchecked: scalars, shape: shape), colour: "#123456")
            let text = SignalDrawing(title: "t", subjects: [subject], sampleRate: sampleRate).svg()
            #expect(text.contains("a &lt; b &amp; &quot;c&quot;") && !text.contains("nan") && !text.contains("inf"))
            let parser = XMLChecker()
            #expect(parser.accepts(text))
            #expect(text.contains("scale(") == (sampleRate ?? 0 >= 2000))
        }
    }

    /// A marked stretch is drawn over the trace, in another colour, and nothing of it beside the stretch.
    @Test func marksPositions() throws {
        let signal = try Tensor((0..<100).map { sin(Float($0)) }, shape: [1, 1, 100])
        func paths(_ marked: Range<Int>) -> [Int] {
            let subject = SignalDrawing.Subject(caption: "", signal: signal, colour: "#123456", marked: marked)
            let text = SignalDrawing(title: "t", subjects: [subject], sampleRate: 100).svg()
            return text.matches(of: /<path d="([^"]*)"/).map { $0.output.1.filter { "ML".contains($0) }.count }
        }
        #expect(paths(0..<0) == [100])
        #expect(paths(20..<30) == [100, 10])
    }
}

/// Whether tags are closed in order.
private struct XMLChecker {
    func accepts(_ text: String) -> Bool {
        var open: [Substring] = []
        for tag in text.matches(of: /<(\/?)([a-z]+)[^>]*?(\/?)>/) {
            if !tag.output.1.isEmpty {
                if open.popLast() != tag.output.2 { return false }
            } else if tag.output.3.isEmpty {
                open.append(tag.output.2)
            }
        }
        return open.isEmpty
    }
}
