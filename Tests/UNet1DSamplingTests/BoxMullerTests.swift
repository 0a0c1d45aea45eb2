import Foundation
import Testing

@testable import UNet1DSampling

/// Normal numbers from random bits: accuracy, bounds, distribution.
struct BoxMullerTests {
    /// The formula in double precision, and r.
    static func exact(_ a: UInt32, _ b: UInt32) -> (cosine: Double, sine: Double, radius: Double) {
        let radius = (-2 * log((Double(a) + 0.5) / 0x1p32)).squareRoot()
        let angle = 2 * Double.pi * Double(b) / 0x1p32
        return (radius * cos(angle), radius * sin(angle), radius)
    }

    /// Words at which the computation changes its path, and words between.
    static let words: [UInt32] = {
        let edges: [UInt32] = [0, 1 << 8, 1 << 24, 3_037_000_499] + (1..<8).map { $0 << 29 }
        let near = edges.flatMap { edge in [UInt32.max, 0, 1, 2, 129, 255].map { edge &+ $0 } }
        return near + (0..<150).map { UInt32(truncatingIfNeeded: ($0 + 1) * 0x9E37_79B9) } + (0..<32).map { 1 << $0 }
    }()

    @Test
    func accuracy() {
        var worst = 0.0
        for a in Self.words {
            for b in Self.words {
                let found = BoxMuller.normals(SIMD4(repeating: a), SIMD4(repeating: b))
                let expected = Self.exact(a, b)
                worst = max(worst, abs(Double(found.0.x) - expected.cosine) / expected.radius)
                worst = max(worst, abs(Double(found.1.x) - expected.sine) / expected.radius)
            }
        }
        #expect(worst < 2.5e-7)
    }

    @Test
    func bounds() {
        let largest = BoxMuller.normals(SIMD4(repeating: 0), SIMD4(0, 1 << 30, 1 << 31, 3 << 30))
        #expect(largest.0 == SIMD4(BoxMuller.largest, 0, -BoxMuller.largest, 0))
        #expect(largest.1 == SIMD4(0, BoxMuller.largest, 0, -BoxMuller.largest))
        let smallest = BoxMuller.normals(SIMD4(repeating: .max), SIMD4(repeating: 0))
        #expect(abs(smallest.0.x - 0x1p-16) < 1e-11)
        for a in Self.words {
            let found = BoxMuller.normals(SIMD4(repeating: a), SIMD4(1, 7 << 29, 1 << 31, .max))
            for value in [found.0, found.1] {
                #expect((0..<4).allSatisfy { value[$0].isFinite && abs(value[$0]) <= BoxMuller.largest })
            }
        }
    }

    /// 2¹⁹ values of one draw. The bounds are four to five deviations of the estimates of a normal distribution.
    @Test
    func distribution() {
        let count = 1 << 19
        let values = PhiloxTests.values(0..<count, seed: 1).map(Double.init)
        let n = Double(count)
        func mean(_ power: Double) -> Double { values.reduce(0) { $0 + pow($1, power) } / n }
        #expect(abs(mean(1)) < 4 / n.squareRoot())
        #expect(abs(mean(2) - 1) < 4 * (2 / n).squareRoot())
        #expect(abs(mean(3)) < 4 * (15 / n).squareRoot())
        #expect(abs(mean(4) - 3) < 4 * (96 / n).squareRoot())
        for bound in [1.0, 2, 3, 4, 4.5] {
            let expected = n * erfc(bound / 2.0.squareRoot()) / 2
            let (above, below) = (values.count { $0 > bound }, values.count { $0 < -bound })
            #expect(abs(Double(above) - expected) < 4.5 * expected.squareRoot() + 1)
            #expect(abs(Double(below) - expected) < 4.5 * expected.squareRoot() + 1)
        }
        // Kolmogorov and Smirnov: 1.95 is exceeded once in a thousand.
        let sorted = values.sorted()
        let distance = sorted.enumerated().map { i, x in
            abs(erfc(-x / 2.0.squareRoot()) / 2 - (Double(i) + 0.5) / n)
        }.max()!
        #expect(distance * n.squareRoot() < 1.95)
    }

    /// Neighbours, members of a pair and of a group, samples and draws are uncorrelated, and so are their squares.
    @Test
    func independence() {
        let count = 1 << 17
        let values = PhiloxTests.values(0..<count + 64, seed: 2).map(Double.init)
        let others = [
            PhiloxTests.values(0..<count, seed: 3), PhiloxTests.values(0..<count, seed: 2, sample: 1),
            PhiloxTests.values(0..<count, seed: 2, draw: 1),
        ].map { $0.map(Double.init) }
        let shifted = [1, 2, 4, 8, 12, 16, 64].map { Array(values[$0..<$0 + count]) }
        for other in others + shifted {
            let products = zip(values, other).reduce(0) { $0 + $1.0 * $1.1 }
            let squares = zip(values, other).reduce(0) { $0 + ($1.0 * $1.0 - 1) * ($1.1 * $1.1 - 1) }
            #expect(abs(products) < 4.5 * Double(count).squareRoot())
            #expect(abs(squares) < 4.5 * 2 * Double(count).squareRoot())
        }
    }
}
