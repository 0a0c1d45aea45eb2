import Glibc

/// How loud each frequency of a signal is over time: short-time Fourier transforms, with frequencies in equal steps of pitch.
struct Spectrogram {
    /// Moments, from left to right.
    let columns: Int
    /// Bands of frequencies, the lowest first.
    let rows: Int
    /// The frequencies between which the bands lie, in Hz.
    let lowest: Double
    let highest: Double
    /// Decibels below the loudest, 0 or less; of row after row.
    let decibels: [Double]

    /// Transforms a signal; windows are Hann's.
    init(_ signal: ArraySlice<Float>, sampleRate: Int, columns: Int = 240, rows: Int = 64) {
        let count = signal.count
        let rate = Double(sampleRate)
        // Windows of about a sixteenth of a second, and no longer than the signal.
        var size = 64
        while size < 4096, Double(size) * 2 <= rate / 12, size * 2 <= count { size *= 2 }
        let transform = FourierTransform(size: size)
        let window = (0..<size).map { 0.5 - 0.5 * cos(2 * .pi * (Double($0) + 0.5) / Double(size)) }
        let highest = rate / 2
        let lowest = min(max(30, 2 * rate / Double(size)), highest / 4)
        // Without its mean a signal has no edges where it begins and ends.
        let mean = signal.reduce(0.0) { $0 + ($1.isFinite ? Double($1) : 0) } / Double(max(count, 1))
        var power = [Double](repeating: 0, count: rows * columns)
        for column in 0..<columns {
            let first = (2 * column + 1) * count / (2 * columns) - size / 2
            var real = [Double](repeating: 0, count: size)
            for i in max(0, -first)..<max(max(0, -first), min(size, count - first)) {
                let value = Double(signal[signal.startIndex + first + i]) - mean
                real[i] = value.isFinite ? window[i] * value : 0
            }
            let bins = transform.power(real)
            for row in 0..<rows {
                func bin(_ row: Int) -> Double {
                    lowest * pow(highest / lowest, Double(row) / Double(rows)) / rate * Double(size)
                }
                power[row * columns + column] = Self.loudest(bins, from: bin(row), to: bin(row + 1))
            }
        }
        // Silence is not loud, however little else there is.
        let largest = max(power.max() ?? 0, 1e-18)
        (self.columns, self.rows, self.lowest, self.highest) = (columns, rows, lowest, highest)
        decibels = power.map { 10 * log10(max($0, 1e-30) / largest) }
    }

    /// The largest value of some bins; where there is none between the edges, that of the line through their neighbours.
    private static func loudest(_ bins: [Double], from low: Double, to high: Double) -> Double {
        let (first, last) = (Int(low.rounded(.up)), min(Int(high), bins.count - 1))
        if first <= last { return bins[first...last].max() ?? 0 }
        let middle = (low + high) / 2
        let below = min(Int(middle), bins.count - 2)
        return bins[below] + (middle - Double(below)) * (bins[below + 1] - bins[below])
    }
}

/// The Fourier transform of real numbers, as many as a power of two. Source: Cooley, Tukey 1965.
struct FourierTransform {
    private let size: Int
    /// e^(−2πi k / size).
    private let cosines: [Double]
    private let sines: [Double]

    init(size: Int) {
        precondition(size > 1 && size & (size - 1) == 0, "\(size) is no power of two")
        self.size = size
        cosines = (0..<size / 2).map { cos(2 * .pi * Double($0) / Double(size)) }
        sines = (0..<size / 2).map { -sin(2 * .pi * Double($0) / Double(size)) }
    }

    /// The squared magnitudes of frequencies 0 to half of `size`.
    func power(_ signal: [Double]) -> [Double] {
        var real = [Double](repeating: 0, count: size)
        var imaginary = real
        // The place of each number is that with its bits reversed.
        var reversed = 0
        for i in 0..<size {
            real[i] = signal[reversed]
            var bit = size >> 1
            while bit > 0, reversed & bit != 0 {
                reversed ^= bit
                bit >>= 1
            }
            reversed |= bit
        }
        var half = 1
        while half < size {
            let stride = size / (2 * half)
            for start in Swift.stride(from: 0, to: size, by: 2 * half) {
                for k in 0..<half {
                    let (a, b) = (start + k, start + k + half)
                    let (c, s) = (cosines[k * stride], sines[k * stride])
                    let (x, y) = (real[b] * c - imaginary[b] * s, real[b] * s + imaginary[b] * c)
                    (real[b], imaginary[b]) = (real[a] - x, imaginary[a] - y)
                    (real[a], imaginary[a]) = (real[a] + x, imaginary[a] + y)
                }
            }
            half *= 2
        }
        return (0...size / 2).map { real[$0] * real[$0] + imaginary[$0] * imaginary[$0] }
    }
}
