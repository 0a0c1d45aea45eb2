import CKernels
package import KernelDispatch

/// A case of a kernel: makes inputs, runs an implementation and the reference, and compares them.
package protocol KernelCheck: Sendable, CustomStringConvertible {
    /// What each implementation gets wrong, a sentence each; empty if nothing.
    ///
    /// Allocates in `memory`. Access past a buffer ends the process if the memory is guarded.
    func failures(of implementations: [Implementation], in memory: CheckMemory) -> [String]
}

extension KernelCheck {
    /// What each implementation gets wrong, with fresh memory.
    package func failures(of implementations: [Implementation], guarded: Bool) -> [String] {
        failures(of: implementations, in: CheckMemory(guarded: guarded))
    }

    /// Runs `body` for each implementation and gives its failure a name.
    func collect(
        _ implementations: [Implementation], _ memory: CheckMemory, _ body: (kernel_table) -> String?
    ) -> [String] {
        implementations.compactMap { implementation in
            var failure = body(implementation.table)
            if failure == nil, !memory.isIntact { failure = "wrote outside its buffers" }
            return failure.map { "\(implementation.name), \(self): \($0)" }
        }
    }
}

/// What outputs hold before a kernel writes them: a NaN that no kernel makes.
let unwritten: UInt32 = 0x7FC0_DEAD

/// An output as words, of floats or doubles, so that what was written can be told.
struct Output {
    let words: UnsafeMutablePointer<UInt32>
    let count: Int

    init(_ floats: UnsafeMutablePointer<Float>, _ count: Int) {
        words = UnsafeMutableRawPointer(floats).assumingMemoryBound(to: UInt32.self)
        self.count = count
    }

    init(_ doubles: UnsafeMutablePointer<Double>, _ count: Int) {
        words = UnsafeMutableRawPointer(doubles).assumingMemoryBound(to: UInt32.self)
        self.count = 2 * count
    }

    func clear() {
        words.update(repeating: unwritten, count: count)
    }
}

/// Runs all tiles of a kernel, the last first. For small outputs each tile is run with all else unwritten, to see that
/// no two tiles write the same element.
///
/// - Parameter output: cleared first; nil if the kernel reads it too.
/// - Returns: a failure: an element written twice, or scratch written past `scratchBytes`.
func run<Arguments>(
    _ kernel: kernel_function, _ arguments: Arguments, tiles: Int, output: Output?, scratchBytes: Int = 0,
    in memory: CheckMemory
) -> String? {
    let scratch = memory.bytes(scratchBytes)
    return withUnsafePointer(to: arguments) { arguments in
        /// What a tile has not written to scratch is NaN.
        func run(_ tile: Int) {
            scratch.initializeMemory(as: UInt8.self, repeating: 0xFF, count: scratchBytes)
            kernel(arguments, tile, scratch)
        }
        guard let output else {
            for tile in (0..<tiles).reversed() { run(tile) }
            return nil
        }
        output.clear()
        guard tiles > 1, tiles * output.count <= 20_000 else {
            for tile in (0..<tiles).reversed() { run(tile) }
            return nil
        }
        var result = [UInt32](repeating: unwritten, count: output.count)
        for tile in (0..<tiles).reversed() {
            output.clear()
            run(tile)
            for i in 0..<output.count where output.words[i] != unwritten {
                if result[i] != unwritten { return "element \(i) is written by tile \(tile) and by a later one" }
                result[i] = output.words[i]
            }
        }
        for i in 0..<output.count { output.words[i] = result[i] }
        return nil
    }
}

/// Compares floats: NaN equals NaN, what one leaves unwritten the other must too, and numbers may differ by
/// `tolerance` of their index, which is called only if they do.
///
/// - Returns: the worst difference, or nil if all are within the tolerance.
func difference(
    _ got: UnsafePointer<Float>, _ expected: UnsafePointer<Float>, _ count: Int,
    tolerance: (Int) -> Double = { _ in 0 }
) -> String? {
    var wrong = 0
    var worst = (index: 0, ratio: -1.0, tolerance: 0.0)
    var i = 0
    while i < count {
        if got[i].bitPattern != expected[i].bitPattern, got[i] != expected[i] {
            let isMissing = got[i].bitPattern == unwritten || expected[i].bitPattern == unwritten
            if isMissing || !(got[i].isNaN && expected[i].isNaN) {
                let allowed = tolerance(i)
                let error = abs(Double(got[i]) - Double(expected[i]))
                let ratio = error.isFinite ? error / max(allowed, .leastNonzeroMagnitude) : .infinity
                if !(error <= allowed) || isMissing { wrong += 1 }
                if ratio > worst.ratio { worst = (i, ratio, allowed) }
            }
        }
        i += 1
    }
    guard wrong > 0 else { return nil }
    func text(_ x: Float) -> String { x.bitPattern == unwritten ? "nothing" : "\(x)" }
    return "\(wrong) of \(count) differ; worst is element \(worst.index): \(text(got[worst.index])) "
        + "instead of \(text(expected[worst.index])), allowed \(worst.tolerance)"
}

/// Half the distance from 1 to the next float: the relative error of one rounding.
let roundoff = 0x1p-24

/// The relative error of a sum of `terms` products in floats, against the sum of their magnitudes. Rounding errors are
/// independent enough that they grow with √terms.
/// Source: Higham, Mary, "A New Approach to Probabilistic Rounding Error Analysis", 2019.
func sumError(terms: Int) -> Double { roundoff * (4 + 2 * Double(terms).squareRoot()) }
