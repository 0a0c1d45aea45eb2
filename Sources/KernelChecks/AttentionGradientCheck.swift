import CKernels
import Glibc
internal import KernelArguments
package import KernelDispatch
import KernelsReference

/// The gradient of attention with respect to queries, keys and values that lie side by side in one row.
package struct AttentionGradientCheck: KernelCheck {
    package var length: Int
    package var headSize: Int
    package var heads = 1
    package var batch = 1
    /// The greatest magnitude of an element of q and k.
    package var scale: Float = 1
    package var tilePositions: Int

    package init(length: Int, headSize: Int) {
        self.length = length
        self.headSize = headSize
        tilePositions = length
    }

    package var description: String {
        "gradient of attention of \(length) positions, batch \(batch), \(heads) heads of \(headSize), q and k up to "
            + "\(scale), tiles of \(tilePositions)"
    }

    private var width: Int { heads * padded(headSize) }
    private var count: Int { length * batch * width }

    package func failures(of implementations: [Implementation], in memory: CheckMemory) -> [String] {
        let x = memory.rows(length * batch * 3 * heads, channels: headSize, seed: 1, scale: scale)
        let dy = memory.rows(length * batch * heads, channels: headSize, seed: 2)
        let expected = compute(KernelsReference.kernelTable(), x, dy, memory)
        if let failure = expected.failure { return ["reference: \(failure)"] }
        // What weights and slopes of keys can add up to, times the greatest element that they weigh.
        let score = Double(scale) * Double(scale) * Double(headSize)
        let error = expm1(3 * sumError(terms: headSize) * score) + 8 * roundoff + sumError(terms: length)
        var most = 0.0
        for i in 0..<3 * count { most = max(most, abs(Double(expected.gradient[i]))) }
        let tolerance = error * (most + Double(headSize) * Double(scale) * Double(scale))
        return collect(implementations, memory) { table in
            let got = compute(table, x, dy, memory)
            return got.failure ?? difference(got.gradient, expected.gradient, 3 * count) { _ in tolerance }
        }
    }

    private func compute(
        _ table: kernel_table, _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, _ memory: CheckMemory
    ) -> (gradient: UnsafeMutablePointer<Float>, failure: String?) {
        let geometry = table.geometry
        let heads = Heads(count: heads, size: headSize)
        let rows = RowStrides(position: batch * 3 * width, row: 3 * width)
        let narrow = RowStrides(position: batch * width, row: width)
        func panels(_ k: UnsafePointer<Float>, _ strides: RowStrides) -> UnsafePointer<Float> {
            var t = transpose_keys_arguments(
                strides, length: length, heads: heads, tilePanels: 1000, geometry: geometry)
            t.k = k
            t.y = memory.floats(batch * heads.count * t.y_head_stride)
            for tile in 0..<batch * heads.count * t.panel_tiles { table.transpose_keys(&t, tile, nil) }
            return UnsafePointer(t.y)
        }
        var forward = attention_arguments(
            q: rows, v: rows, y: narrow, length: length, heads: heads, tileQueries: length, geometry: geometry)
        (forward.q, forward.keys, forward.v) = (x, panels(x + width, rows), x + 2 * width)
        let y = memory.floats(count)
        forward.y = y
        let forwardScratch = memory.bytes(max(forward.scratch_bytes, 8 * headSize))
        for tile in 0..<batch * heads.count { table.attention(&forward, tile, forwardScratch) }

        var a = attention_gradient_arguments(
            x: rows, y: narrow, dy: narrow, gradient: rows, length: length, heads: heads,
            tilePositions: tilePositions, geometry: geometry)
        (a.q, a.k, a.v, a.y, a.dy) = (x, x + width, x + 2 * width, UnsafePointer(y), dy)
        (a.q_panels, a.k_panels, a.v_panels) = (panels(a.q, rows), panels(a.k, rows), panels(a.v, rows))
        a.dy_panels = panels(dy, narrow)
        a.rows = memory.floats(2 * batch * heads.count * a.row_stride)
        let gradient = memory.floats(3 * count)
        (a.dq, a.dk, a.dv) = (gradient, gradient + width, gradient + 2 * width)
        let tiles = batch * heads.count * a.position_tiles
        for kernel in [table.attention_gradient_queries, table.attention_gradient_keys] {
            guard let kernel else { return (gradient, "no kernel") }
            if let failure = run(kernel, a, tiles: tiles, output: nil, scratchBytes: a.scratch_bytes, in: memory) {
                return (gradient, failure)
            }
        }
        return (gradient, nil)
    }
}

extension AttentionGradientCheck {
    /// Cases of the self-test.
    static var samples: [any KernelCheck] {
        var check = AttentionGradientCheck(length: 150, headSize: 33)
        (check.heads, check.batch, check.tilePositions) = (2, 2, 32)
        return [check]
    }
}
