import TestSupport
import Testing

@testable import Planning
@testable import UNet1D

/// Networks of robot policies: forwards of the reference, and what is computed once an observation or once a timestep.
@Suite struct PolicyTests {
    @Test(arguments: PolicyFixture.all, TestISA.all)
    func agreesWithReference(fixture: PolicyFixture, isa: ISA) throws {
        let tensors = try fixture.tensors()
        let model = try UNet1DModel(directory: fixture.model)
        #expect(model.conditionalConfiguration != nil)
        for accuracy in Accuracy.allCases {
            var first: [Float]?
            for workers in Pools.counts {
                var session = try Session(
                    model: model, shape: tensors.shape, pool: Pools.pool(workers),
                    options: tensors.options(isa: isa, accuracy: accuracy))
                #expect(session.plan.sampleShape == tensors.forward.sampleShape)
                #expect(session.plan.outputShape == tensors.forward.expectedShape)
                let output = tensors.run(&session)
                let error = tensors.forward.error(of: output)
                #expect(error <= 1e-5 * fixture.maxAbs, "\(accuracy) with \(workers) workers")
                session.poison()
                #expect(bits(tensors.run(&session)) == bits(first ?? output), "\(accuracy) with \(workers) workers")
                // The condition stays from forward to forward.
                #expect(bits(tensors.forward.run(&session)) == bits(output))
                first = first ?? output
            }
        }
    }

    /// Weights that are stored in half precision lose nothing by it; others lose what their rounding changes.
    @Test(arguments: PolicyFixture.all, TestISA.all)
    func weightsOf16Bits(fixture: PolicyFixture, isa: ISA) throws {
        let tensors = try fixture.tensors()
        let model = try UNet1DModel(directory: fixture.model)
        for precision in [Precision.f16Weights, .bf16Weights, .bf16] {
            var first: [Float]?
            for workers in Pools.counts {
                var session = try Session(
                    model: model, shape: tensors.shape, pool: Pools.pool(workers),
                    options: tensors.options(isa: isa, precision: precision))
                let output = tensors.run(&session)
                // Half of the last place of a weight, of some dozens of layers whose errors do not all add up.
                let bound =
                    switch (precision, fixture.stored) {
                    case (.f16Weights, "F16"), (.bf16Weights, "BF16"): 1e-5
                    case (.f16Weights, _): 0x1p-11 * 8
                    default: 0x1p-8 * 8
                    }
                #expect(tensors.forward.error(of: output) <= bound * fixture.maxAbs, "\(precision)")
                session.poison()
                #expect(bits(tensors.run(&session)) == bits(first ?? output), "\(precision), \(workers) workers")
                first = first ?? output
            }
        }
    }

    /// What depends on the timestep alone gives the same bits from a table.
    @Test(arguments: PolicyFixture.all)
    func tabulatesSteps(fixture: PolicyFixture) throws {
        let tensors = try fixture.tensors()
        var session = try Session(
            model: try UNet1DModel(directory: fixture.model), shape: tensors.shape, pool: Pools.pool(2),
            options: tensors.options())
        let output = tensors.run(&session)
        var row = [Float](repeating: .nan, count: session.stepResultCount)
        #expect(!row.isEmpty)
        let timesteps = Array(tensors.forward.timestep.values)
        timesteps.withUnsafeBufferPointer { timesteps in
            row.withUnsafeMutableBufferPointer { row in
                session.tabulateStep(timesteps: timesteps.baseAddress!, into: row.baseAddress!)
            }
        }
        session.poison()
        session.setCondition(global: tensors.global.span, local: tensors.local.span)
        var again = [Float](repeating: .nan, count: output.count)
        tensors.forward.sample.withUnsafeBufferPointer { sample in
            again.withUnsafeMutableBufferPointer { again in
                row.withUnsafeBufferPointer { row in
                    session.forward(
                        uncheckedSample: sample.baseAddress!, stepResults: row.baseAddress!,
                        output: again.baseAddress!)
                }
            }
        }
        #expect(bits(again) == bits(output))
    }

    /// Each buffer ends at a page that nobody may touch.
    @Test(arguments: PolicyFixture.all, Precision.allCases)
    func staysInItsBuffers(fixture: PolicyFixture, precision: Precision) throws {
        let tensors = try fixture.tensors()
        let model = try UNet1DModel(directory: fixture.model)
        let plan = try model.plan(tensors.shape, options: tensors.options(precision: precision))
        var session = try Session(model: model, plan: plan, pool: Pools.pool(3), guarded: true)
        var plain = try Session(
            model: model, shape: tensors.shape, pool: Pools.pool(1), options: tensors.options(precision: precision))
        #expect(bits(tensors.run(&session)) == bits(tensors.run(&plain)))
    }

    /// Matrices that `bf16` rounds, which no fixture has at every place: equal bits in guarded buffers, near those of float32.
    @Test(arguments: TestISA.all, Precision.allCases)
    func wideMatricesStayInTheirBuffers(isa: ISA, precision: Precision) throws {
        let model = try PolicyFixture.wideModel()
        let tensors = try PolicyFixture.wide.tensors()
        let options = tensors.options(isa: isa, precision: precision)
        let plan = try model.plan(tensors.shape, options: options)
        if precision == .bf16, plan.implementation.multipliesBFloat {
            #expect(plan.operations.flatMap(\.calls).contains { $0.kernel == .convolutionBFloat })
        }
        var plain = try Session(model: model, plan: plan, pool: Pools.pool(1))
        let output = tensors.run(&plain)
        for workers in Pools.counts {
            var session = try Session(model: model, plan: plan, pool: Pools.pool(workers), guarded: true)
            #expect(bits(tensors.run(&session)) == bits(output), "\(workers) workers")
        }
        var exact = try Session(
            model: model, shape: tensors.shape, pool: Pools.pool(1), options: tensors.options(isa: isa))
        let expected = tensors.run(&exact)
        let difference = largestDifference(output, expected) / expected.reduce(0) { max($0, Double(abs($1))) }
        #expect(difference <= 0x1p-8 * 8)
        #expect((difference == 0) == (precision == .f32))
    }

    /// A gradient with respect to the sample, beside differences of forwards in both directions.
    @Test(arguments: PolicyFixture.all)
    func gradientIsThatOfTheForward(fixture: PolicyFixture) throws {
        let tensors = try fixture.tensors()
        let model = try UNet1DModel(directory: fixture.model)
        var session = try GradientSession(
            model: model, shape: tensors.shape, pool: Pools.pool(2), options: tensors.options(accuracy: .strict))
        session.setCondition(global: tensors.global.span, local: tensors.local.span)
        let (output, gradient) = tensors.forward.run(&session)
        #expect(tensors.forward.error(of: output) <= 1e-5 * fixture.maxAbs)
        var forward = try Session(
            model: model, shape: tensors.shape, pool: Pools.pool(2), options: tensors.options(accuracy: .strict))
        forward.setCondition(global: tensors.global.span, local: tensors.local.span)
        func sum(_ step: Float) -> Double {
            let moved = zip(tensors.forward.sample, gradient).map { $0 + step * $1 }
            var values = [Float](repeating: 0, count: output.count)
            var span = values.mutableSpan
            forward.forward(sample: moved.span, timestep: tensors.forward.timestep, output: &span)
            return values.reduce(0) { $0 + Double($1) }
        }
        let square = gradient.reduce(0) { $0 + Double($1) * Double($1) }
        let step = Float(1e-2 / max(1e-3, square.squareRoot()))
        let slope = (sum(step) - sum(-step)) / (2 * Double(step))
        #expect(abs(slope - square) <= 1e-2 * square + 1e-3)
    }

    /// Several shapes share the memory: a forward of another one forgets the condition, which is then asked for again.
    @Test func conditionsBelongToShapes() throws {
        let fixture = try #require(PolicyFixture.all.first { $0.name == "three_levels:io" })
        let tensors = try fixture.tensors()
        let model = try UNet1DModel(directory: fixture.model)
        let other = ForwardShape(batch: 1, length: 8)
        var session = try Session(
            model: model, shapes: [tensors.shape, other], pool: Pools.pool(2), options: tensors.options())
        var states = [session.isConditioned]
        let output = tensors.run(&session)
        states.append(session.isConditioned)
        try session.select(other)
        states.append(session.isConditioned)
        #expect(throws: UNet1DError.self) {
            let count = session.plan.sampleCount
            let sample = try Tensor([Float](repeating: 0, count: count), shape: session.plan.sampleShape)
            return try session(sample, timestep: Timestep(1))
        }
        try session.select(tensors.shape)
        states.append(session.isConditioned)
        #expect(bits(tensors.forward.run(&session)) == bits(output))
        try session.prepare(ForwardShape(batch: 2, length: 4))
        states.append(session.isConditioned)
        #expect(states == [false, true, false, true, false])
        #expect(bits(tensors.run(&session)) == bits(output))
    }

    /// Horizons that do not come back are refused with some that do.
    @Test func refusesHorizons() throws {
        let fixture = try #require(PolicyFixture.all.first { $0.name == "three_levels:io" })
        let model = try UNet1DModel(directory: fixture.model)
        let error = #expect(throws: UNet1DError.self) { _ = try model.plan(ForwardShape(batch: 1, length: 6)) }
        #expect(error.map { "\($0)" }?.contains("take 4 or 8") == true, "\(error.map { "\($0)" } ?? "")")
    }

    /// strict computes in float32, whatever is asked for beside it.
    @Test func strictIsExact() throws {
        let fixture = PolicyFixture.all[0]
        let model = try UNet1DModel(directory: fixture.model)
        #expect(throws: UNet1DError.self) {
            _ = try model.plan(
                try fixture.tensors().shape, options: Session.Options(accuracy: .strict, precision: .f16Weights))
        }
    }
}
