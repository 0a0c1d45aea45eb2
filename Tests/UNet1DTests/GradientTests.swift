import Foundation
import KernelChecks
import Planning
import TestSupport
import Testing

import Checkpoint

@testable import UNet1D

/// Gradients of the fixtures' forwards, against PyTorch's autograd in float64.
@Suite struct GradientTests {
    /// The committed gradients, or the file that UNET1D_GRADIENTS names: Tests/Gates/autograd makes one of all fixtures.
    static let file = try? TensorFile(
        path: ProcessInfo.processInfo.environment["UNET1D_GRADIENTS"]
            ?? Fixture.root + "/gradients/gradients.safetensors")
    static let fixtures = Fixture.numeric.filter { (try? file?.tensor(named: $0.name + ".gradient")) != nil }

    /// A forward with the gradient that is expected.
    struct Case {
        let tensors: ForwardTensors
        let model: UNet1DModel
        let cotangent: [Float]
        let expected: [Float]
        /// What PyTorch's own float32 gradient errs by, as a share of the greatest magnitude.
        let error: Double

        init(_ fixture: Fixture) throws {
            tensors = try #require(try fixture.tensors())
            model = try UNet1DModel(directory: fixture.directory)
            let file = try #require(GradientTests.file)
            cotangent = try file.floats(named: fixture.name + ".cotangent")
            expected = try file.floats(named: fixture.name + ".gradient")
            error = try file.numbers(named: fixture.name + ".error").values[0]
        }

        var largest: Double { expected.reduce(0) { max($0, Double(abs($1))) } }

        func run(_ session: inout GradientSession) -> (output: [Float], gradient: [Float]) {
            tensors.run(&session, cotangent: cotangent)
        }
    }

    /// Twenty times PyTorch's error at most, on every instruction set; equal bits for all pools; the output of a forward.
    @Test(arguments: fixtures, TestISA.all)
    func agreesWithAutograd(fixture: Fixture, isa: ISA) throws {
        let reference = try Case(fixture)
        for accuracy in Accuracy.allCases {
            let options = Session.Options(isa: isa, accuracy: accuracy)
            var first: [Float]?
            for workers in Pools.counts {
                let pool = Pools.pool(workers)
                var session = try GradientSession(
                    model: reference.model, shape: reference.tensors.shape, pool: pool, options: options)
                let (output, gradient) = reference.run(&session)
                let error = largestDifference(gradient, reference.expected) / reference.largest
                #expect(error <= 20 * reference.error, "\(accuracy) with \(workers) workers")
                session.poison()
                let again = reference.run(&session)
                #expect(bits(again.gradient) == bits(first ?? gradient), "\(accuracy) with \(workers) workers")
                first = first ?? gradient
                if workers == 1 {
                    var forward = try Session(
                        model: reference.model, shape: reference.tensors.shape, pool: pool, options: options)
                    #expect(bits(output) == bits(reference.tensors.run(&forward)), "\(accuracy)")
                }
            }
        }
    }

    /// Along the gradient the loss Σ cotangent · output rises by the gradient's norm: central differences of fourth order, on the
    /// kernels that compute in Double. Activations between them are floats, which rounds a difference to some 1e-4 of the norm.
    @Test(arguments: fixtures)
    func agreesWithFiniteDifferences(fixture: Fixture) throws {
        let reference = try Case(fixture)
        let plan = try Plan(
            network: reference.model.network, shape: reference.tensors.shape, implementation: .reference,
            accuracy: .strict, differentiated: true)
        var session = try GradientSession(
            model: reference.model, plan: GradientPlan(plan: plan), pool: Pools.pool(1))
        let (_, gradient) = reference.run(&session)
        #expect(largestDifference(gradient, reference.expected) <= 20 * reference.error * reference.largest)
        let norm = gradient.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        func loss(_ distance: Double) -> Double {
            let moved = zip(reference.tensors.sample, gradient).map {
                Float(Double($0) + distance * Double($1) / norm)
            }
            var output = [Float](repeating: 0, count: session.counts.output)
            var slope = gradient
            var first = output.mutableSpan
            var second = slope.mutableSpan
            session.valueAndGradient(
                sample: moved.span, timestep: reference.tensors.timestep, cotangent: reference.cotangent.span,
                output: &first, gradient: &second)
            return zip(output, reference.cotangent).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        // A long step errs by the network's curvature, a short one by rounding. No element moves by more than the step.
        let agrees = [4e-3, 1e-3, 2.5e-4, 6e-5, 1.5e-5].contains { step in
            let h = step * norm / reference.largest
            let rise = (8 * (loss(h) - loss(-h)) - (loss(2 * h) - loss(-2 * h))) / (12 * h)
            return abs(rise / norm - 1) <= 1e-3
        }
        #expect(agrees)
    }

    /// Without a cotangent the gradient is that of the sum of all outputs.
    @Test func noCotangentIsOnes() throws {
        let reference = try Case(.named("value_small"))
        var session = try GradientSession(
            model: reference.model, shape: reference.tensors.shape, pool: Pools.pool(2))
        let ones = [Float](repeating: 1, count: session.counts.output)
        let expected = reference.tensors.run(&session, cotangent: ones).gradient
        #expect(bits(reference.tensors.run(&session).gradient) == bits(expected))
    }

    /// Each buffer ends at a guard page.
    @Test(arguments: fixtures)
    func staysInItsBuffers(fixture: Fixture) throws {
        let reference = try Case(fixture)
        let plan = try reference.model.gradientPlan(reference.tensors.shape)
        var plain = try GradientSession(model: reference.model, shape: reference.tensors.shape, pool: Pools.pool(1))
        var guarded = try GradientSession(model: reference.model, plan: plan, pool: Pools.pool(1), guarded: true)
        #expect(bits(reference.run(&guarded).gradient) == bits(reference.run(&plain).gradient))
    }

    @Test(arguments: fixtures)
    func arenaIsNearItsBound(fixture: Fixture) throws {
        let reference = try Case(fixture)
        let plan = try reference.model.gradientPlan(reference.tensors.shape)
        #expect(Double(plan.arenaBytes) <= 1.1 * Double(plan.arenaLowerBoundBytes))
        #expect(plan.keptBytes > 0 && plan.keptBytes <= plan.arenaBytes)
        #expect(plan.recomputedBytes > 0)
    }

    /// Several shapes in one session.
    @Test func selectsShapes() throws {
        let reference = try Case(.named("hor128_small"))
        let other = ForwardShape(batch: 1, length: 16)
        var session = try GradientSession(
            model: reference.model, shapes: [other, reference.tensors.shape], pool: Pools.pool(2))
        try session.select(reference.tensors.shape)
        let (_, gradient) = reference.run(&session)
        #expect(largestDifference(gradient, reference.expected) <= 20 * reference.error * reference.largest)
        try session.prepare(ForwardShape(batch: 2, length: 64))
        #expect(session.shapes.count == 3)
        #expect(bits(reference.run(&session).gradient) == bits(gradient))
    }
}
