import Testing
import UNet1DSampling

/// What a prepared schedule answers besides its rows.
@Suite struct ScheduleTests {
    /// Where image-to-image pipelines start.
    @Test(arguments: [(1.0, 0), (0.75, 3), (0.5, 5), (0.05, 10), (0, 10)])
    func firstSteps(strength: Double, step: Int) throws {
        #expect(try DDIMScheduler().prepare(steps: 10).firstStep(strength: strength) == step)
    }

    /// Noise that a jump adds leads to the other level.
    @Test func jumpsLeadToTheOtherLevel() throws {
        let schedule = try DDIMScheduler().prepare(steps: 10)
        let (from, to) = (schedule[5].after, schedule[2].before)
        let (scale, noise) = from.diffused(to: to)
        #expect(abs(scale * from.signal - to.signal) < 1e-15)
        let variance = scale * scale * from.noise * from.noise + noise * noise
        #expect(abs(variance - to.noise * to.noise) < 1e-15)
    }

    /// A step leads to the level of the next one, where the spacing is the reference's own.
    @Test(
        arguments: [
            IPNDMScheduler(), DDIMScheduler(), DDPMScheduler(), DPMSolverMultistepScheduler(), EulerDiscreteScheduler(),
            EulerAncestralDiscreteScheduler(), UniPCMultistepScheduler(), LCMScheduler(),
            FlowMatchEulerDiscreteScheduler(),
        ] as [any DenoisingScheduler]) func levelsFollowOneAnother(scheduler: any DenoisingScheduler) throws
    {
        let schedule = try scheduler.prepare(steps: 10)
        for step in 1..<10 { #expect(schedule[step - 1].after == schedule[step].before) }
    }

    /// The order of a multistep method ramps up anew where nothing is remembered.
    @Test func rowsWithFewerKeptTensors() throws {
        let schedule = try IPNDMScheduler().prepare(steps: 10)
        #expect(schedule.historyLength == 3)
        #expect(schedule[5] == schedule[5, kept: 3])
        #expect(schedule[5, kept: 0].next.history == .zero)
        #expect(schedule[5, kept: 1].next.history.y == 0)
        #expect(schedule[1] == schedule[1, kept: 1])
    }
}
