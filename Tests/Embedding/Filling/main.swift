import BenchKit
import Glibc
import UNet1DSampling

// usage: filling-example MODEL RECORDINGS PICTURE [SEEDS]
// Draws how a missing stretch of a recording is filled, and how it was. Given SEEDS, fills three stretches of every
// recording with so many seeds in each way, and prints how far the ends jump, and how far the stretch is from the true one.

let millivolts: Float = 2  // of a sample of 1
let gaps = [144..<240, 208..<304, 300..<360]

let arguments = CommandLine.arguments
let model = try UNet1DModel(directory: arguments[1])
let recordings = try StoredSignal(arguments[2], tensor: "sample", option: "recordings").tensor
let (count, length) = (recordings.shape[0], recordings.shape[2])
let signals = (0..<count).map { Array(recordings.scalars[$0 * length..<($0 + 1) * length]) }
let pool = try WorkerPool(workers: Topology.current.usableCores)

/// Over how many µV the signal goes from one position to the next where the stretch begins, and behind its end.
func jumps(_ gap: Range<Int>, _ signal: [Float]) -> [Float] {
    [gap.lowerBound, gap.upperBound].map { 1000 * millivolts * abs(signal[$0] - signal[$0 - 1]) }
}

/// The root mean square of the difference, µV.
func distance(_ gap: Range<Int>, _ a: [Float], _ b: [Float]) -> Float {
    let sum = gap.reduce(0) { $0 + (a[$1] - b[$1]) * (a[$1] - b[$1]) }
    return 1000 * millivolts * (sum / Float(gap.count)).squareRoot()
}

/// Mean and median.
func summary(_ values: [Float]) -> String {
    let sorted = values.sorted()
    let middle = (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    return "\(Int((values.reduce(0, +) / Float(values.count)).rounded())) | \(Int(middle.rounded()))"
}

// The generic kernels give the same bits on every machine.
let portable = Session.Options(isa: .generic, accuracy: .strict)
// Inpainting's jumps are about the mean here.
let (gap, shown) = (gaps[1], signals[min(2, count - 1)])

/// The signal in mV, with the stretch in red.
func subject(_ name: String, _ signal: [Float]) throws -> SignalDrawing.Subject {
    let ends = jumps(gap, signal).map { "\(Int($0.rounded()))" }.joined(separator: " and ")
    return SignalDrawing.Subject(
        caption: "\(name): steps of \(ends) µV at the ends",
        signal: try Tensor(signal.map { millivolts * $0 }, shape: [1, 1, length]), colour: "#444444", marked: gap)
}

var subjects = [try subject("recorded", shown)]
for way in [Way.inpainting, .posterior] {
    var filler = try Filler(way, model: model, length: length, pool: pool, options: portable)
    subjects.append(try subject(way.name, try filler.fill(gap, of: shown, seed: 0)))
}
let drawing = SignalDrawing(title: "a missing stretch of an ECG, filled; mV", subjects: subjects, sampleRate: 180)
let file = fopen(arguments[3], "w")
guard let file, fputs(drawing.svg(), file) >= 0, fclose(file) == 0 else {
    print("error: \(arguments[3]): \(String(cString: strerror(errno))); name a file that can be written")
    exit(2)
}

guard arguments.count > 4, let seeds = Int(arguments[4]), seeds > 0 else { exit(0) }
let steps = signals.flatMap { signal in (1..<length).map { 1000 * millivolts * abs(signal[$0] - signal[$0 - 1]) } }
print("\(count) recordings, \(gaps.count) stretches, \(seeds) seeds; a step of a recording: \(summary(steps)) µV")
print("| filled by | jump, mean µV | median | distance, mean µV | median |\n| --- | ---: | ---: | ---: | ---: |")
print("| as recorded | \(summary(signals.flatMap { signal in gaps.flatMap { jumps($0, signal) } })) | 0 | 0 |")
for way in Way.allCases {
    var filler = try Filler(way, model: model, length: length, pool: pool, options: Session.Options())
    var (ends, distances): ([Float], [Float]) = ([], [])
    for (number, signal) in signals.enumerated() {
        for (place, gap) in gaps.enumerated() {
            for seed in 0..<seeds {
                let filled = try filler.fill(
                    gap, of: signal, seed: UInt64((number * gaps.count + place) * seeds + seed))
                ends += jumps(gap, filled)
                distances.append(distance(gap, filled, signal))
            }
        }
    }
    print("| \(way.name) | \(summary(ends)) | \(summary(distances)) |")
}
