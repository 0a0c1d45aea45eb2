import CKernels
import Glibc
internal import KernelArguments
package import KernelDispatch
import KernelsReference

/// Keys transposed, then attention, of queries, keys and values that lie side by side in one row.
package struct AttentionCheck: KernelCheck {
    package var length: Int
    package var headSize: Int
    package var heads = 1
    package var batch = 1
    /// The greatest magnitude of an element of q and k.
    package var scale: Float = 1
    package var tileQueries: Int
    package var tilePanels = 1000
    /// Where a NaN is, if anywhere.
    package enum NaNPlace: Sendable { case query, key, value }
    package var nan: NaNPlace?
    /// Products of bfloat16.
    package var isPaired = false

    package init(length: Int, headSize: Int) {
        self.length = length
        self.headSize = headSize
        tileQueries = length
    }

    package var description: String {
        "attention of \(length) positions, batch \(batch), \(heads) heads of \(headSize), q and k up to \(scale), tiles "
            + "of \(tileQueries) queries, \(tilePanels) panels, NaN \(nan.map { "\($0)" } ?? "none")\(isPaired ? ", products of bfloat16" : "")"
    }

    private var headStride: Int { padded(headSize) }
    /// Floats of q, of k and of v of a position and batch element.
    private var width: Int { heads * headStride }
    private var count: Int { length * batch * width }

    package func failures(of implementations: [Implementation], in memory: CheckMemory) -> [String] {
        let x = memory.floats(3 * count)
        let rows = memory.rows(length * batch * 3 * heads, channels: headSize, seed: 1, scale: scale)
        memcpy(x, rows, 3 * count * 4)
        // The values, unlike queries and keys, stay within ±1.
        for row in 0..<length * batch {
            for c in 0..<width { x[(row * 3 + 2) * width + c] /= scale }
        }
        let row = length / 2 * batch * 3 * width
        switch nan {
        case .query: x[row + headSize - 1] = .nan
        case .key: x[row + width + headSize - 1] = .nan
        case .value: x[row + 2 * width + headSize - 1] = .nan
        case nil: break
        }
        let reference = KernelsReference.kernelTable()
        let expected = compute(reference, x, memory)
        let magnitudes = compute(reference, valueMagnitudes(x, memory), memory)
        if let failure = expected.failure ?? magnitudes.failure { return ["reference: \(failure)"] }
        let scores = scoreMagnitudes(x)
        return collect(implementations, memory) { table in
            let got = compute(table, x, memory)
            return got.failure
                ?? difference(got.y, expected.y, count) { i in
                    tolerance(scores[i / headStride]) * Double(magnitudes.y[i])
                }
        }
    }

    // MARK: - Run

    private func compute(
        _ table: kernel_table, _ x: UnsafeMutablePointer<Float>, _ memory: CheckMemory
    ) -> (y: UnsafeMutablePointer<Float>, failure: String?) {
        let geometry = table.geometry
        let heads = Heads(count: heads, size: headSize)
        let rows = RowStrides(position: batch * 3 * width, row: 3 * width)
        if isPaired { return computePaired(table, x, heads, rows, memory) }
        var t = transpose_keys_arguments(rows, length: length, heads: heads, tilePanels: tilePanels, geometry: geometry)
        let keyFloats = batch * heads.count * t.y_head_stride
        let keys = memory.floats(keyFloats)
        t.k = UnsafePointer(x + width)
        t.y = keys
        let y = memory.floats(count)
        let transposeFailure = run(
            table.transpose_keys, t, tiles: batch * heads.count * t.panel_tiles, output: Output(keys, keyFloats),
            in: memory)
        if let transposeFailure { return (y, "transposing keys: \(transposeFailure)") }

        var a = attention_arguments(
            q: rows, v: rows, y: RowStrides(position: batch * width, row: width), length: length, heads: heads,
            tileQueries: tileQueries, geometry: geometry)
        a.q = UnsafePointer(x)
        a.keys = UnsafePointer(keys)
        a.v = UnsafePointer(x + 2 * width)
        a.y = y
        let failure = run(
            table.attention, a, tiles: batch * heads.count * a.query_tiles, output: Output(y, count),
            scratchBytes: a.scratch_bytes, in: memory)
        return (y, failure)
    }

    private func computePaired(
        _ table: kernel_table, _ x: UnsafeMutablePointer<Float>, _ heads: Heads, _ rows: RowStrides,
        _ memory: CheckMemory
    ) -> (y: UnsafeMutablePointer<Float>, failure: String?) {
        let geometry = table.geometry
        var p = pair_heads_arguments(
            k: rows, v: rows, length: length, heads: heads, tilePanels: tilePanels, geometry: geometry)
        let (keyWords, valueWords) = (
            batch * heads.count * p.keys_head_stride, batch * heads.count * p.values_head_stride
        )
        let (keys, values) = (memory.floats(keyWords), memory.floats(valueWords))
        p.k = UnsafePointer(x + width)
        p.v = UnsafePointer(x + 2 * width)
        p.keys = keys
        p.values = values
        let y = memory.floats(count)
        let tiles = batch * heads.count * p.panel_tiles
        let pairFailure =
            run(
                table.pair_heads, p, tiles: tiles, output: Output(keys, keyWords), scratchBytes: p.scratch_bytes,
                in: memory)
            ?? run(
                table.pair_heads, p, tiles: tiles, output: Output(values, valueWords), scratchBytes: p.scratch_bytes,
                in: memory)
        if let pairFailure { return (y, "pairing keys and values: \(pairFailure)") }
        var a = attention_arguments(
            pairedQ: rows, y: RowStrides(position: batch * width, row: width), length: length, heads: heads,
            tileQueries: tileQueries, geometry: geometry)
        a.q = UnsafePointer(x)
        a.keys = UnsafePointer(keys)
        a.v = UnsafePointer(values)
        a.y = y
        let failure = run(
            table.attention_bfloat, a, tiles: batch * heads.count * a.query_tiles, output: Output(y, count),
            scratchBytes: a.scratch_bytes, in: memory)
        return (y, failure)
    }

    // MARK: - Tolerance

    /// The relative error of a weight, twice as it is in the numerator and in the denominator: that of its score, of
    /// the difference to the maximum, of the exponential, and of the two sums over keys.
    private func tolerance(_ score: Double) -> Double {
        let scoreError = 2 * sumError(terms: headSize) * score + 2 * roundoff * score
        // Exponentials rounded to the 8 bits of bfloat16, of a polynomial of fewer digits.
        let coarse = isPaired ? 0x1p-8 + 1e-4 : 0
        return 2 * (expm1(scoreError) + 4 * roundoff + sumError(terms: length)) + coarse
    }

    /// x with the magnitudes of the values.
    private func valueMagnitudes(_ x: UnsafePointer<Float>, _ memory: CheckMemory) -> UnsafeMutablePointer<Float> {
        let y = memory.floats(3 * count)
        memcpy(y, x, 3 * count * 4)
        for row in 0..<length * batch {
            for c in 0..<width { y[(row * 3 + 2) * width + c] = abs(y[(row * 3 + 2) * width + c]) }
        }
        return y
    }

    /// A bound of Σ_d |q_d| |k_d| for each row and head: Σ_d |q_d| times the greatest |k| of any.
    private func scoreMagnitudes(_ x: UnsafePointer<Float>) -> [Double] {
        (0..<length * batch * heads).map { i in
            let q = x + i / heads * 3 * width + i % heads * headStride
            var sum = 0.0
            for d in 0..<headSize { sum += Double(abs(q[d])) * Double(scale) }
            return sum
        }
    }
}

extension AttentionCheck {
    /// Cases of the self-test.
    static var samples: [any KernelCheck] {
        var check = AttentionCheck(length: 70, headSize: 33)
        (check.heads, check.scale, check.tileQueries) = (2, 2, 32)
        return [check]
    }

    /// Cases of the self-test with products of bfloat16: one of odd sizes, and one without padding.
    static var bfloatSamples: [any KernelCheck] {
        var odd = AttentionCheck(length: 71, headSize: 33)
        (odd.heads, odd.scale, odd.tileQueries, odd.tilePanels) = (2, 2, 32, 1)
        var even = AttentionCheck(length: 256, headSize: 32)
        (even.heads, even.batch) = (2, 3)
        (odd.isPaired, even.isPaired) = (true, true)
        return [odd, even]
    }
}
