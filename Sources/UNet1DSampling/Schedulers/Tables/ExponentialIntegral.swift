import Glibc

/// The functions φₖ of exponential integrators: φ₀(z) = eᶻ, φₖ(z) = (φₖ₋₁(z) − 1 / (k − 1)!) / z, φₖ(0) = 1 / k!.
///
/// Solvers of diffusion equations have them in other words: (e⁻ʰ − 1) / h + 1 is h · φ₂(−h). Near zero a series replaces the
/// differences, which would cancel.
enum ExponentialIntegral {
    /// φₖ(z), for k from 1 on. Zero at −∞.
    static func phi(_ k: Int, _ z: Double) -> Double {
        guard abs(z) < 1 else {
            var value = expm1(z) / z
            var factorial = 1.0
            for order in 1..<max(k, 1) {
                factorial *= Double(order)
                value = (value - 1 / factorial) / z
            }
            return value
        }
        // Σ zʲ / (j + k)!, of which twenty terms are enough below one.
        var term = 1.0
        for factor in 1...k { term /= Double(factor) }
        var sum = 0.0
        for j in 1...20 {
            sum += term
            term *= z / Double(j + k)
        }
        return sum
    }
}

/// Systems of a few linear equations.
enum LinearSystem {
    /// The solution x of matrix · x = right, by elimination with row pivots; NaN for a singular matrix.
    static func solve(_ matrix: [[Double]], _ right: [Double]) -> [Double] {
        var rows = zip(matrix, right).map { $0 + [$1] }
        let count = rows.count
        for column in 0..<count {
            let pivot = (column..<count).max { abs(rows[$0][column]) < abs(rows[$1][column]) } ?? column
            rows.swapAt(column, pivot)
            for row in 0..<count where row != column {
                let factor = rows[row][column] / rows[column][column]
                for i in column...count { rows[row][i] -= factor * rows[column][i] }
            }
        }
        return (0..<count).map { rows[$0][count] / rows[$0][$0] }
    }
}
