import Glibc
import TestSupport
import Testing

@testable import Planning
@testable import UNet1D

/// A value and its gradient as two calls, against the same as one.
@Suite struct GradientPartsTests {
    /// What the two calls give. Between them the sample is overwritten, as a loop does it.
    private func parts(
        _ session: inout GradientSession, _ reference: GradientTests.Case
    ) -> (output: [Float], gradient: [Float]) {
        var sample = reference.tensors.sample
        var output = [Float](repeating: .nan, count: session.counts.output)
        var gradient = [Float](repeating: .nan, count: session.counts.sample)
        var first = output.mutableSpan
        session.value(sample: sample.span, timestep: reference.tensors.timestep, output: &first)
        let value = output
        for i in sample.indices { sample[i] = .nan }
        for i in output.indices { output[i] = .nan }
        var second = gradient.mutableSpan
        session.gradient(cotangent: reference.cotangent.span, gradient: &second)
        return (value, gradient)
    }

    /// Two calls give the bits of one, for any number of workers, on every instruction set; again and again.
    @Test(arguments: GradientTests.fixtures, TestISA.all)
    func partsEqualTheWhole(fixture: Fixture, isa: ISA) throws {
        let reference = try GradientTests.Case(fixture)
        var session = try GradientSession(
            model: reference.model, shape: reference.tensors.shape, pool: Pools.pool(1),
            options: Session.Options(isa: isa))
        let whole = reference.run(&session)
        for workers in [1, 2, 5] {
            var session = try GradientSession(
                model: reference.model, shape: reference.tensors.shape, pool: Pools.pool(workers),
                options: Session.Options(isa: isa))
            session.poison()
            for _ in 0..<2 {
                let (output, gradient) = parts(&session, reference)
                #expect(bits(output) == bits(whole.output), "\(workers) workers")
                #expect(bits(gradient) == bits(whole.gradient), "\(workers) workers")
            }
            #expect(bits(reference.run(&session).gradient) == bits(whole.gradient), "\(workers) workers")
        }
    }

    /// No stage has operations of both; the gradient reads no sample and no output, which may be gone by then.
    @Test(arguments: GradientTests.fixtures)
    func partsShareNoStage(fixture: Fixture) throws {
        let reference = try GradientTests.Case(fixture)
        let plan = try reference.model.gradientPlan(reference.tensors.shape).plan
        let (forward, gradient) = (
            plan.operations[..<plan.forwardOperations], plan.operations[plan.forwardOperations...]
        )
        #expect(forward.allSatisfy { $0.stage < plan.forwardStages })
        #expect(gradient.allSatisfy { $0.stage >= plan.forwardStages })
        #expect(forward.contains { $0.touches(.output) } && gradient.contains { $0.touches(.gradient) })
        #expect(!gradient.contains { $0.touches(.sample) || $0.touches(.output) })
        let plain = try reference.model.plan(reference.tensors.shape)
        #expect(plain.forwardStages == plain.stageCount)
    }

    /// A gradient needs a value of the selected shape since its last one.
    @Test func eachValueHasOneGradient() throws {
        let reference = try GradientTests.Case(.named("hor128_small"))
        let other = ForwardShape(batch: 1, length: 16)
        var session = try GradientSession(
            model: reference.model, shapes: [other, reference.tensors.shape], pool: Pools.pool(2))
        try session.select(reference.tensors.shape)
        func expect(_ session: borrowing GradientSession, _ expected: Bool, line: Int = #line) {
            let can = session.canRunGradient
            #expect(can == expected, "line \(line)")
        }
        func value(_ session: inout GradientSession) {
            var output = [Float](repeating: .nan, count: session.counts.output)
            var span = output.mutableSpan
            session.value(sample: reference.tensors.sample.span, timestep: reference.tensors.timestep, output: &span)
        }
        expect(session, false)
        value(&session)
        expect(session, true)
        try session.select(other)
        expect(session, false)
        try session.select(reference.tensors.shape)
        expect(session, true)
        _ = parts(&session, reference)
        expect(session, false)
        value(&session)
        _ = reference.run(&session)
        expect(session, false)
        value(&session)
        try session.prepare(ForwardShape(batch: 2, length: 64))
        expect(session, false)
    }

    @Test func aSecondGradientEndsTheProcess() async {
        await #expect(processExitsWith: .failure) { try gradients(2) }
        await #expect(processExitsWith: .success) { try gradients(1) }
    }
}

/// Gradients of one value; ends the process with status 0 if nobody minds.
private func gradients(_ count: Int) throws -> Never {
    let model = try UNet1DModel(directory: Fixture.named("value_small").directory)
    var session = try GradientSession(
        model: model, shape: ForwardShape(batch: 1, length: 16), pool: WorkerPool(workers: 1))
    let sample = [Float](repeating: 0.1, count: session.counts.sample)
    var output = [Float](repeating: 0, count: session.counts.output)
    var gradient = sample
    var first = output.mutableSpan
    var second = gradient.mutableSpan
    session.value(sample: sample.span, timestep: Timestep(1), output: &first)
    for _ in 0..<count { session.gradient(gradient: &second) }
    exit(0)
}
