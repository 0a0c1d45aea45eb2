import CKernels
internal import KernelArguments
package import KernelDispatch
import KernelsReference

/// An activation over many numbers, by a combination that does nothing else: within 2 ulp of the result, or 2⁻²⁴·|x| where
/// that is larger. NaN gives NaN, and infinity what the formula makes of it; where that is NaN, anything.
package struct ActivationCheck: KernelCheck {
    package var activation: kernel_activation
    /// How many numbers from −`limit` to `limit`, evenly.
    package var count: Int
    package var limit: Double

    package init(activation: kernel_activation, count: Int, limit: Double) {
        self.activation = activation
        self.count = count
        self.limit = limit
    }

    package var description: String { "activation \(activation.rawValue) of \(count) numbers within ±\(limit)" }

    /// Zeros, the least and greatest numbers, infinities and NaN, and powers of two of both signs.
    private static let edges: [Float] =
        [
            0, -0.0, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude, -.leastNormalMagnitude,
            .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .infinity, -.infinity, .nan,
        ]
        // NaN with digits that arithmetic on exponents could take for something else.
        + [0x7fc0_0001, 0x7fc0_0081, 0xffc0_01ff].map { Float(bitPattern: $0) }
        + (-140...126).flatMap { exponent in
            let power = Float(sign: .plus, exponent: exponent, significand: 1)
            return [power, -power, power * 1.7, power * -1.7]
        }

    package func failures(of implementations: [Implementation], in memory: CheckMemory) -> [String] {
        let block = channelBlock
        let edges = ActivationCheck.edges
        let rows = ceilDivide(count + edges.count, block)
        let x = memory.floats(rows * block)
        for i in 0..<rows * block {
            x[i] = i < edges.count ? edges[i] : Float(limit * (2 * Double(i - edges.count) / Double(count) - 1))
        }
        let strides = RowStrides(position: block, row: 0)
        var a = combine_arguments(
            x: strides, y: strides, length: rows, channels: block, activation: activation, tilePositions: rows,
            tileChannels: block)
        a.x = UnsafePointer(x)
        return collect(implementations, memory) { table in
            let y = memory.floats(rows * block)
            a.y = y
            return run(
                table.combine, a, tiles: 1, output: Output(y, rows * block), in: memory)
                ?? inaccuracy(x, y, rows * block)
        }
    }

    private func inaccuracy(_ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ count: Int) -> String? {
        var wrong = 0
        var worst = (index: 0, ratio: 0.0)
        for i in 0..<count {
            let expected = result(x[i])
            if expected.isNaN && y[i].isNaN || Double(y[i]) == expected { continue }
            if x[i].isInfinite && expected.isNaN { continue }
            let error = abs(Double(y[i]) - expected)
            guard error.isFinite else { return "\(y[i]) instead of \(expected) for \(x[i])" }
            let allowed = max(2 * Double(Float(expected).ulp), 0x1p-24 * abs(Double(x[i])))
            let ratio = error / max(allowed, Double(Float.leastNonzeroMagnitude))
            if ratio > 1 { wrong += 1 }
            if ratio > worst.ratio { worst = (i, ratio) }
        }
        guard wrong > 0 else { return nil }
        let (i, ratio) = worst
        return "\(wrong) of \(count) are inaccurate; worst is \(y[i]) instead of \(result(x[i])) for \(x[i]), "
            + "\(ratio) times what is allowed"
    }

    private func result(_ x: Float) -> Double { KernelsReference.activate(Double(x), Int32(activation.rawValue)) }
}

extension ActivationCheck {
    /// Cases of the self-test.
    static var samples: [any KernelCheck] {
        [KERNEL_ACTIVATION_GELU, KERNEL_ACTIVATION_MISH, KERNEL_ACTIVATION_SILU, KERNEL_ACTIVATION_RELU]
            .map { ActivationCheck(activation: $0, count: 500, limit: 12) }
    }
}
