public import UNet1D

/// A forward compared with what a file expects.
public struct Verification: Sendable {
    /// The largest absolute difference; NaN equals NaN, and differs infinitely from any number.
    public let maxError: Double
    /// The largest absolute value expected, NaN aside.
    public let maxExpected: Double
    /// The largest difference allowed.
    public let tolerance: Double

    /// Whether the forward is close enough.
    public var passed: Bool { maxError <= tolerance }

    /// The line that `verify` prints.
    public var line: String {
        "max_abs_error=\(maxError) max_abs_expected=\(maxExpected) tolerance=\(tolerance) \(passed ? "ok" : "FAIL")"
    }

    /// Compares equally many elements.
    ///
    /// - Parameter tolerance: nil: 1e-4 × max(1, the largest absolute value expected).
    public init(output: [Float], expected: [Float], tolerance: Double?) {
        precondition(output.count == expected.count)
        var error = 0.0
        var largest = 0.0
        for (found, wanted) in zip(output, expected) {
            if !wanted.isNaN { largest = max(largest, abs(Double(wanted))) }
            if found == wanted || (found.isNaN && wanted.isNaN) { continue }
            let difference = abs(Double(found) - Double(wanted))
            error = max(error, difference.isNaN ? .infinity : difference)
        }
        maxError = error
        maxExpected = largest
        self.tolerance = tolerance ?? 1e-4 * max(1, largest.isFinite ? largest : 1)
    }

    /// Runs one forward of `file` and compares it.
    ///
    /// - Throws: what reading, planning, memory and workers throw; `BenchError.tensor` for an `expected` of another
    ///   shape.
    public static func run(
        _ file: ForwardFile, model: UNet1DModel, compute: Compute, tolerance: Double?, progress: Progress
    ) throws(BenchError) -> Verification {
        if let tolerance, !(tolerance >= 0) {
            throw .option(name: "tolerance", found: "\(tolerance)", expected: "a number, 0 or more")
        }
        let plan = try file.plan(model, options: compute.options)
        let expected = try file.expected()
        guard expected.shape == plan.outputShape else {
            throw .tensor(
                file: file.path, tensor: "expected", found: "shape \(expected.shape)", expected: "\(plan.outputShape)")
        }
        let forward = try FileForward.run(file, model: model, compute: compute, progress: progress)
        return Verification(output: forward.output, expected: expected.values, tolerance: tolerance)
    }
}
