import CKernels
import Glibc

/// The matrices of a form of Winograd's convolution of width 5: y = Aᵀ·[(G·w) ⊙ (Bᵀ·x)].
/// Source: Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2015; Lagrange's interpolation.
struct WinogradMatrices {
    /// Positions of a group.
    let outputs: Int
    /// Positions before a group that it reads.
    let before: Int
    /// Bᵀ[p, i]: the positions that a group reads to the points.
    let inputTransform: [[Double]]
    /// G[p, t].
    let weights: [[Double]]
    /// Aᵀ[j, p].
    let outputTransform: [[Double]]

    var points: Int { weights.count }

    /// F(2,5).
    static let f25 = WinogradMatrices(finite: [0, 1.5, -1.5, 2 / 3.0, -2 / 3.0])
    /// F(4,5).
    static let f45 = WinogradMatrices(finite: [0, 1, -1, 2, -2, 0.5, -0.5])
    /// The last groups of a sequence by F(6,5): F(4,5) at its first points, with its weights.
    static let f65Tail = WinogradMatrices(finite: [0, 2.5, -2.5, 0.8, -0.8, 0.4, -0.4])
        .with(weights: { f65.weights[$0] })
    /// F(6,5).
    static let f65 = WinogradMatrices(finite: [0, 2.5, -2.5, 0.8, -0.8, 0.4, -0.4, 1.25, -1.25])
        .withInfinityBehindThirdPair()
    /// F(8,5).
    static let f85 = WinogradMatrices(
        finite: [0, 8 / 3.0, -8 / 3.0, 2 / 3.0, -2 / 3.0, 3 / 8.0, -3 / 8.0, 3 / 2.0, -3 / 2.0, 1, -1]
    ).withInfinityBehindThirdPair()
    /// One group of four that is the whole sequence.
    static let whole4: WinogradMatrices = {
        let points = [0, 1, -1, 2, -2, 0.5, -0.5]
        let lagrange = points.indices.map { p in
            let others = points.indices.filter { $0 != p }.map { points[$0] }
            return polynomial(roots: others).map { $0 / others.reduce(1) { $0 * (points[p] - $1) } }
        }
        return WinogradMatrices(
            outputs: 4, before: 0, inputTransform: points.map { a in (0..<4).map { power(a, 3 - $0) } },
            weights: lagrange.map { row in (0..<5).map { row[5 - $0] } },
            outputTransform: (0..<4).map { j in points.map { power($0, j) } })
    }()

    /// One group of two that is the whole sequence: y₀ = w₂·(x₀ + x₁) + (w₃ − w₂)·x₁, y₁ = w₂·(x₀ + x₁) + (w₁ − w₂)·x₀.
    static let whole2 = WinogradMatrices(
        outputs: 2, before: 0, inputTransform: [[1, 1], [0, 1], [1, 0]],
        weights: [[0, 0, 1, 0, 0], [0, 0, -1, 1, 0], [0, 1, -1, 0, 0]], outputTransform: [[1, 1, 0], [1, 0, 1]])

    /// A Fourier transform of 32 positions, and the inverse of 28 of them: bin 0, bin 16, then for each other bin, with a + ib of
    /// the input and c + id of the weights, c·(a + b), a·(d − c) and b·(c + d).
    static let fourier28: WinogradMatrices = {
        func turn(_ n: Int) -> (cosine: Double, sine: Double) {
            let angle = 2 * Double.pi * Double(n % 32) / 32
            return (cos(angle), sin(angle))
        }
        func row(_ count: Int, _ element: (Int) -> Double) -> [Double] { (0..<count).map(element) }
        var input = [row(32) { _ in 1 }, row(32) { $0 % 2 == 0 ? 1 : -1 }]
        var weights = [row(5) { _ in 1 }, row(5) { $0 % 2 == 0 ? 1 : -1 }]
        var output = [row(28) { _ in 1 / 32.0 }, row(28) { $0 % 2 == 0 ? 1 / 32.0 : -1 / 32.0 }]
        for k in 1..<16 {
            input += [
                row(32) { turn(k * $0).cosine - turn(k * $0).sine }, row(32) { turn(k * $0).cosine },
                row(32) { -turn(k * $0).sine },
            ]
            weights += [
                row(5) { turn(k * $0).cosine }, row(5) { turn(k * $0).sine - turn(k * $0).cosine },
                row(5) { turn(k * $0).cosine + turn(k * $0).sine },
            ]
            output += [
                row(28) { (turn(k * $0).cosine - turn(k * $0).sine) / 16 }, row(28) { -turn(k * $0).sine / 16 },
                row(28) { -turn(k * $0).cosine / 16 },
            ]
        }
        return WinogradMatrices(
            outputs: 28, before: 2, inputTransform: input, weights: weights,
            outputTransform: (0..<28).map { j in output.map { $0[j] } })
    }()

    /// The matrices of a form.
    static func of(_ form: kernel_winograd_form) -> WinogradMatrices {
        switch form {
        case .whole2: whole2
        case .whole4: whole4
        case .f25: f25
        case .f45: f45
        case .f65: f65
        case .f85: f85
        case .fourier28: fourier28
        @unknown default: preconditionFailure("no form of Winograd's has \(form.rawValue) points")
        }
    }

    private init(
        outputs: Int, before: Int, inputTransform: [[Double]], weights: [[Double]], outputTransform: [[Double]]
    ) {
        self.outputs = outputs
        self.before = before
        self.inputTransform = inputTransform
        self.weights = weights
        self.outputTransform = outputTransform
    }

    /// F(m,5) at m + 3 finite points and ∞, the last. Row p of Bᵀ holds the coefficients of Π (x − a) over the finite points but
    /// p itself, the row of ∞ those over all of them.
    private init(finite: [Double]) {
        let others = finite.indices.map { p in finite.indices.filter { $0 != p }.map { finite[$0] } }
        let outputs = finite.count - 3
        self.init(
            outputs: outputs, before: 2,
            inputTransform: others.map { Self.polynomial(roots: $0) + [0] } + [Self.polynomial(roots: finite)],
            weights: zip(finite, others).map { a, others in
                (0..<5).map { power(a, $0) / others.reduce(1) { $0 * (a - $1) } }
            } + [[0, 0, 0, 0, 1]],
            outputTransform: (0..<outputs).map { j in finite.map { power($0, j) } + [j == outputs - 1 ? 1 : 0] })
    }

    /// This form with its last point after 0 and three pairs.
    private func withInfinityBehindThirdPair() -> WinogradMatrices {
        func moved<Row>(_ rows: [Row]) -> [Row] { Array(rows[..<7] + rows.suffix(1) + rows[7...].dropLast()) }
        return WinogradMatrices(
            outputs: outputs, before: before, inputTransform: moved(inputTransform), weights: moved(weights),
            outputTransform: outputTransform.map(moved))
    }

    /// The form with other weights, of which each point's are a multiple of its own: Bᵀ has the inverse.
    private func with(weights other: (Int) -> [Double]) -> WinogradMatrices {
        let ratios = weights.indices.map { p in
            zip(weights[p], other(p)).first { $0.0 != 0 }.map { $0.0 / $0.1 } ?? 1
        }
        return WinogradMatrices(
            outputs: outputs, before: before,
            inputTransform: zip(inputTransform, ratios).map { row, ratio in row.map { $0 * ratio } },
            weights: weights.indices.map(other), outputTransform: outputTransform)
    }

    /// Coefficients of Π (x − root), the constant one first.
    private static func polynomial(roots: [Double]) -> [Double] {
        roots.reduce([1]) { product, root in
            zip([0] + product, product + [0]).map { shifted, same in shifted - root * same }
        }
    }
}

private func power(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { product, _ in product * base }
}
