import CKernels
import Glibc

/// dq[l] = Σ_j p[l, j] · (dy[l] · v[j] − D[l]) · k[j], ln Σ_j exp(q[l] · k[j]), and D[l] = dy[l] · y[l].
/// Source: the derivative of `attention`.
func attentionGradientQueries(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments!.load(as: attention_gradient_arguments.self)
    let head = GradientHead(a, tile / a.position_tiles)
    for l in tileRange(tile % a.position_tiles, of: a.tile_positions, in: a.length) {
        let scores = (0..<a.length).map { head.dot(head.q(l), head.k($0)) }
        let largest = scores.reduce(-.infinity, max)
        let logSum = largest + log(scores.reduce(0) { $0 + exp($1 - largest) })
        let product = head.dot(head.dy(l), head.y(l))
        var sums = [Double](repeating: 0, count: a.head_stride)
        for (j, score) in scores.enumerated() {
            let slope = exp(score - logSum) * (head.dot(head.dy(l), head.v(j)) - product)
            for d in 0..<a.head_size { sums[d] += slope * Double(head.k(j)[d]) }
        }
        head.rows[l] = Float(logSum)
        head.rows[a.row_stride + l] = Float(product)
        head.store(sums, to: a.dq, l)
    }
}

/// dk[j] = Σ_l p[l, j] · (dy[l] · v[j] − D[l]) · q[l], dv[j] = Σ_l p[l, j] · dy[l].
/// Source: the derivative of `attention`.
func attentionGradientKeys(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments!.load(as: attention_gradient_arguments.self)
    let head = GradientHead(a, tile / a.position_tiles)
    for j in tileRange(tile % a.position_tiles, of: a.tile_positions, in: a.length) {
        var keySums = [Double](repeating: 0, count: a.head_stride)
        var valueSums = keySums
        for l in 0..<a.length {
            let p = exp(head.dot(head.q(l), head.k(j)) - Double(head.rows[l]))
            let slope = p * (head.dot(head.dy(l), head.v(j)) - Double(head.rows[a.row_stride + l]))
            for d in 0..<a.head_size {
                keySums[d] += slope * Double(head.q(l)[d])
                valueSums[d] += p * Double(head.dy(l)[d])
            }
        }
        head.store(keySums, to: a.dk, j)
        head.store(valueSums, to: a.dv, j)
    }
}

/// Where the rows of a head lie.
private struct GradientHead {
    let a: attention_gradient_arguments
    private let b: Int
    private let h: Int
    let rows: UnsafeMutablePointer<Float>

    init(_ a: attention_gradient_arguments, _ head: Int) {
        self.a = a
        (b, h) = head.quotientAndRemainder(dividingBy: a.heads)
        rows = a.rows + 2 * head * a.row_stride
    }

    private func input(_ l: Int) -> Int { l * a.position_stride + b * a.batch_stride + h * a.head_stride }
    func q(_ l: Int) -> UnsafePointer<Float> { a.q + input(l) }
    func k(_ l: Int) -> UnsafePointer<Float> { a.k + input(l) }
    func v(_ l: Int) -> UnsafePointer<Float> { a.v + input(l) }

    func y(_ l: Int) -> UnsafePointer<Float> {
        a.y + (l * a.y_position_stride + b * a.y_batch_stride + h * a.head_stride)
    }

    func dy(_ l: Int) -> UnsafePointer<Float> {
        a.dy + (l * a.dy_position_stride + b * a.dy_batch_stride + h * a.head_stride)
    }

    func dot(_ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>) -> Double {
        (0..<a.head_size).reduce(0) { $0 + Double(x[$1]) * Double(y[$1]) }
    }

    /// Zeros lie behind `head_size`.
    func store(_ sums: [Double], to gradient: UnsafeMutablePointer<Float>, _ l: Int) {
        let y = gradient + (l * a.gradient_position_stride + b * a.gradient_batch_stride + h * a.head_stride)
        for d in 0..<a.head_stride { y[d] = Float(sums[d]) }
    }
}
