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
        try check(tolerance)
        let plan = try file.plan(model, options: compute.options)
        let expected = try file.floats("expected", shape: plan.outputShape)
        let forward = try FileForward.run(file, model: model, compute: compute, progress: progress)
        return Verification(output: forward.output, expected: expected, tolerance: tolerance)
    }

    /// Runs one forward of `file` and its gradient for the file's `cotangent`, and compares both.
    ///
    /// - Throws: what `run` throws; `BenchError.tensor` also for a `cotangent` and an `expected_gradient` of other shapes.
    public static func runGradient(
        _ file: ForwardFile, model: UNet1DModel, compute: Compute, tolerance: Double?, progress: Progress
    ) throws(BenchError) -> (forward: Verification, gradient: Verification) {
        try check(tolerance)
        let shape = try file.plan(model, options: compute.options).shape
        let plan = try library { () throws(UNet1DError) in
            try model.gradientPlan(shape, options: file.options(compute.options))
        }
        try AvailableMemory.check(plan.plan, workers: compute.threads, subject: file.path)
        let cotangent = try file.floats("cotangent", shape: plan.outputShape)
        let expected = try file.floats("expected", shape: plan.outputShape)
        let expectedGradient = try file.floats("expected_gradient", shape: plan.sampleShape)
        let pool = try compute.makePool()
        progress.say("packing weights")
        var session = try library { () throws(UNet1DError) in
            try GradientSession(model: model, shape: shape, pool: pool, options: file.options(compute.options))
        }
        progress.say("running")
        if !plan.plan.conditionShapes.isEmpty {
            let condition = try file.condition(plan.plan)
            session.setCondition(global: condition.global.span, local: condition.local.span)
        }
        var output = [Float](repeating: 0, count: expected.count)
        var gradient = [Float](repeating: 0, count: expectedGradient.count)
        var outputSpan = output.mutableSpan
        var gradientSpan = gradient.mutableSpan
        session.valueAndGradient(
            sample: file.sample.span, timestep: file.timestep, cotangent: cotangent.span, output: &outputSpan,
            gradient: &gradientSpan)
        return (
            Verification(output: output, expected: expected, tolerance: tolerance),
            Verification(output: gradient, expected: expectedGradient, tolerance: tolerance)
        )
    }

    private static func check(_ tolerance: Double?) throws(BenchError) {
        if let tolerance, !(tolerance >= 0) {
            throw .option(name: "tolerance", found: "\(tolerance)", expected: "a number, 0 or more")
        }
    }
}
