import Glibc
import TestSupport
import Testing
import UNet1DSampling

/// Loops against their specification in Double, `ReferenceSteps`, which is given the outputs of the same forwards.
struct SamplerTests {
    /// Rows that use everything that a step has.
    private struct Everything: DenoisingScheduler {
        var noise: StepNoise
        var limit: SampleLimit

        func prepare(steps: Int, precision: TablePrecision) throws(SchedulerError) -> Schedule {
            try Schedule(
                "Everything", count: steps, timestepType: .float32, initialNoiseScale: 1.5, historyLength: 3,
                keepsCorrected: true, readsVariance: noise.readsVariance
            ) { step, kept in
                var next = 0.7 * .sample - 0.2 * .output + 0.3 * .estimate
                var corrected = 0.5 * .sample + 0.25 * .estimate
                for age in 0..<kept {
                    next = next + 0.1 / Double(age + 1) * .history(age + 1)
                    corrected = corrected - 0.2 / Double(age + 1) * .history(age + 1)
                }
                if kept > 0 { (next, corrected) = (next + 0.15 * .last, corrected + 0.05 * .last) }
                return StepRow(
                    timestep: 1 - Double(step) / Double(steps), inputScale: 1 + 0.1 * Double(step),
                    before: NoiseLevel(signal: 0.5, noise: 0.5), after: NoiseLevel(signal: 0.75, noise: 0.25),
                    estimate: 0.9 * .sample - 0.4 * .output, limit: limit, kept: 0.6 * .estimate + 0.2 * .output,
                    corrected: corrected, next: next, noise: noise)
            }
        }
    }

    private static func model(outChannels: Int) throws -> UNet1DModel {
        try UNet1DModel(
            configuration: UNet1DConfiguration(
                inChannels: 2, outChannels: outChannels, extraInChannels: 16, blockOutChannels: [32, 32, 32]), seed: 3)
    }

    @Test(
        arguments: [
            StepNoise.none, .scaled(0.3), .learnedRange(offset: -1, slope: 0.5),
        ], [SampleLimit.none, .clip(range: 0.4), .dynamicThreshold(ratio: 0.9, maximum: 1.6)])
    func equalsItsSpecification(noise: StepNoise, limit: SampleLimit) throws {
        try check(noise, limit, wholeForwardEvery: 1)
    }

    /// Short forwards come between whole ones, and the first of a loop is whole.
    @Test(arguments: [2, 3, 7]) func shortForwardsAreBetweenWholeOnes(every: Int) throws {
        try check(.none, .none, wholeForwardEvery: every)
    }

    /// An element of a batch is made again alone, by its seed and number: but for the rounding of forwards of another batch, as
    /// its noise has the same bits.
    @Test func rowsAreMadeAgainAlone() throws {
        let model = try Self.model(outChannels: 2)
        let scheduler = Everything(noise: .scaled(0.3), limit: .none)
        func loop(_ noise: NoiseSource, batch: Int) throws -> [Float] {
            let session = try Session(
                model: model, shape: ForwardShape(batch: batch, length: 96), pool: Pools.pool(2),
                options: Session.Options(accuracy: .strict))
            var sampler = try Sampler(
                session: session, scheduler: scheduler, steps: 6, options: Sampler.Options(noise: noise))
            var output = [Float](repeating: .nan, count: sampler.sampleCount)
            var span = output.mutableSpan
            sampler(into: &span)
            return output
        }
        let seeds: [UInt64] = [5, 6, 5]
        for (noise, seed) in [(NoiseSource.philox(seed: 5), { _ in 5 }), (.philox(seeds: seeds), { seeds[$0] })] {
            let batch = try loop(noise, batch: 3)
            let elements = batch.count / 3
            for row in 0..<3 {
                let alone = try loop(.philox(seeds: [seed(row)], rows: [UInt32(row)]), batch: 1)
                let element = Array(batch[row * elements..<(row + 1) * elements])
                let largest = Double(element.reduce(0) { max($0, abs($1)) })
                #expect(largestDifference(alone, element) <= 1e-5 * largest)
                let other = try loop(.philox(seeds: [seed(row)], rows: [3]), batch: 1)
                #expect(largestDifference(other, element) > 0.1 * largest)
            }
        }
    }

    private func check(_ noise: StepNoise, _ limit: SampleLimit, wholeForwardEvery every: Int) throws {
        let model = try Self.model(outChannels: noise.readsVariance ? 4 : 2)
        let sessionOptions = Session.Options(shortLevels: every > 1 ? 1 : nil)
        let scheduler = Everything(noise: noise, limit: limit)
        let (batch, length, steps) = (3, 96, 6)
        let shape = ForwardShape(batch: batch, length: length)
        let pool = Pools.pool(2)
        var forward = try Session(model: model, shape: shape, pool: pool, options: sessionOptions)
        var sampler = try Sampler(
            session: Session(model: model, shape: shape, pool: pool, options: sessionOptions), scheduler: scheduler,
            steps: steps, options: Sampler.Options(noise: .torch(seed: 5), wholeForwardEvery: every))
        let count = sampler.sampleCount
        let elements = count / batch
        let outputs = forward.plan.outputCount / batch
        let start = (0..<count).map { Float(sin(Double($0 * $0))) }
        var draws = try NoiseStream(.torch(seed: 5), batch: batch, elements: elements, draws: steps)
        var references = (0..<batch).map { b in
            ReferenceSteps(
                sampler.schedule, sample: start[b * elements..<(b + 1) * elements].map { 1.5 * Double($0) })
        }
        var worst = 0.0
        var sample = [Float](repeating: 0, count: count)
        var span = sample.mutableSpan
        var seen = 0
        // The specification gets the sampler's own samples before each step, so that errors do not add up in the model.
        var before = start.map { 1.5 * $0 }
        let ended = sampler(noise: start.span, into: &span) { index, timestep, shown, _ in
            var output = [Float](repeating: 0, count: outputs * batch)
            var outputSpan = output.mutableSpan
            if index % every == 0 {
                forward.forward(sample: before.span, timestep: Timestep(Float(timestep)), output: &outputSpan)
            } else {
                forward.shortForward(sample: before.span, timestep: Timestep(Float(timestep)), output: &outputSpan)
            }
            var drawn = [Float](repeating: 0, count: count)
            if noise.isDrawn {
                var drawnSpan = drawn.mutableSpan
                draws.next(&drawnSpan)
            }
            let scale = index + 1 < steps ? 1 + 0.1 * Double(index + 1) : 1
            for b in 0..<batch {
                references[b].step(
                    index, output: output[b * outputs..<(b + 1) * outputs].map(Double.init),
                    noise: drawn[b * elements..<(b + 1) * elements].map(Double.init))
                for i in 0..<elements {
                    let expected = references[b].sample[i]
                    worst = max(worst, abs(Double(shown[b * elements + i]) * scale - expected) / (1 + abs(expected)))
                }
            }
            before = (0..<count).map { Float(references[$0 / elements].sample[$0 % elements]) }
            seen += 1
            return true
        }
        #expect(ended && seen == steps)
        #expect(worst < 2e-5, "\(worst)")
    }

    @Test func shortForwardsNeedASessionThatHasThem() throws {
        let model = try Self.model(outChannels: 2)
        for (every, levels) in [(2, nil), (0, 1), (-1, 1)] as [(Int, Int?)] {
            let error = #expect(throws: SamplingError.self) {
                _ = try Sampler(
                    session: Session(
                        model: model, shape: ForwardShape(batch: 1, length: 96), pool: Pools.pool(1),
                        options: Session.Options(shortLevels: levels)),
                    scheduler: IPNDMScheduler(), steps: 4, options: Sampler.Options(wholeForwardEvery: every))
            }
            #expect("\(error.map { "\($0)" } ?? "")".hasPrefix("wholeForwardEvery: found \(every)"))
        }
    }

    /// Several workers draw the noise of 4608 numbers, take the steps and find the thresholds.
    @Test(arguments: [SampleLimit.clip(range: 1), .dynamicThreshold(ratio: 0.9, maximum: 1.6)])
    func theSameBitsForAllWorkers(limit: SampleLimit) throws {
        let model = try Self.model(outChannels: 2)
        let scheduler = Everything(noise: .scaled(0.3), limit: limit)
        func signal(workers: Int, wholeForwardEvery every: Int = 1) throws -> [Float] {
            var sampler = try Sampler(
                session: Session(
                    model: model, shape: ForwardShape(batch: 3, length: 768), pool: Pools.pool(workers),
                    options: Session.Options(shortLevels: 1)),
                scheduler: scheduler, steps: 3,
                options: Sampler.Options(noise: .philox(seed: 9), wholeForwardEvery: every))
            var signal = [Float](repeating: 0, count: sampler.sampleCount)
            var output = signal.mutableSpan
            sampler(into: &output)
            return signal
        }
        let alone = try signal(workers: 1)
        let short = try signal(workers: 1, wholeForwardEvery: 2)
        #expect(short != alone)
        for workers in [2, 3, 5] {
            #expect(try signal(workers: workers).elementsEqual(alone) { $0.bitPattern == $1.bitPattern })
            let other = try signal(workers: workers, wholeForwardEvery: 2)
            #expect(other.elementsEqual(short) { $0.bitPattern == $1.bitPattern })
        }
    }

    @Test func givenNumbersAreTheSameInEveryLoop() throws {
        let model = try Self.model(outChannels: 2)
        let shape = ForwardShape(batch: 1, length: 96)
        let count = 2 * 96
        let given = (0..<4 * count).map { Float(sin(Double($0 * $0))) }
        func sampler(_ noise: [Float]) throws -> Sampler {
            try Sampler(
                session: Session(model: model, shape: shape, pool: Pools.pool(2)),
                scheduler: Everything(noise: .scaled(0.3), limit: .none), steps: 3,
                options: Sampler.Options(noise: .given(noise)))
        }
        // The first draw is the start, the others are those of the steps.
        var expected = [Float](repeating: 0, count: count)
        var expectedSpan = expected.mutableSpan
        var stepped = try sampler(Array(given[count...]))
        stepped(noise: Array(given[..<count]).span, into: &expectedSpan)
        var drawing = try sampler(given)
        for _ in 0..<2 {
            var signal = [Float](repeating: 0, count: count)
            var span = signal.mutableSpan
            drawing(into: &span)
            #expect(signal == expected)
        }
        // Four draws do not suffice for five steps.
        let error = #expect(throws: SamplingError.self) { try drawing.prepare(steps: 5) }
        #expect("\(error, default: "")".contains("5 draws"))
        #expect(drawing.schedule.count == 3)
    }

    @Test func endsWhereTheObserverSays() throws {
        let model = try Self.model(outChannels: 2)
        var sampler = try Sampler(
            session: Session(model: model, shape: ForwardShape(batch: 1, length: 96), pool: Pools.pool(1)),
            scheduler: IPNDMScheduler(), steps: 8)
        var signal = [Float](repeating: .nan, count: sampler.sampleCount)
        var output = signal.mutableSpan
        var steps = 0
        var last: [Float] = []
        let ended = sampler(into: &output) { _, _, sample, _ in
            steps += 1
            last = (0..<sample.count).map { sample[$0] }
            return steps < 3
        }
        #expect(!ended && steps == 3)
        #expect(signal == last)
    }

    @Test func holdsValues() throws {
        let model = try Self.model(outChannels: 2)
        let shape = [2, 2, 96]
        let values = (0..<2 * 2 * 96).map { Float($0) / 400 }
        for level in [HeldValues.Level.exact, .noised] {
            var sampler = try Sampler(
                session: Session(model: model, shape: ForwardShape(batch: 2, length: 96), pool: Pools.pool(2)),
                scheduler: IPNDMScheduler(), steps: 5)
            try sampler.hold(
                HeldValues(values, shape: shape, channels: 1..<2, positions: [0..<3, 90..<96], level: level),
                resampling: Resampling(repetitions: 2, jump: 2))
            var signal = [Float](repeating: .nan, count: sampler.sampleCount)
            var output = signal.mutableSpan
            var steps = 0
            sampler(into: &output) { index, _, sample, _ in
                steps += 1
                if level == .exact { #expect(sample[96 + 2] == values[96 + 2]) }
                return true
            }
            // Stretches of 2, 2 and 1 steps, each twice.
            #expect(steps == 10)
            for b in 0..<2 {
                for position in [0, 1, 2, 90, 95] {
                    let i = (b * 2 + 1) * 96 + position
                    #expect(signal[i] == values[i])
                }
                #expect(signal[b * 2 * 96] != values[b * 2 * 96])
            }
        }
    }

    @Test func changesAGivenSignalTheMoreTheStronger() throws {
        let model = try Self.model(outChannels: 2)
        var sampler = try Sampler(
            session: Session(model: model, shape: ForwardShape(batch: 1, length: 96), pool: Pools.pool(1)),
            scheduler: IPNDMScheduler(), steps: 10)
        let given = (0..<sampler.sampleCount).map { Float(sin(Double($0) / 7)) }
        var signal = given
        for (strength, steps) in [(0.0, 0), (0.3, 3), (1.0, 10)] {
            var output = signal.mutableSpan
            var count = 0
            #expect(
                sampler(sample: given.span, strength: strength, into: &output) { _, _, _, _ in
                    count += 1
                    return true
                })
            #expect(count == steps)
            if strength == 0 { #expect(signal == given) }
        }
    }

    @Test func refusesWhatDoesNotFit() throws {
        let value = try UNet1DModel(directory: Fixture.named("real_value_h32").directory)
        let error = #expect(throws: SamplingError.self) {
            _ = try Sampler(
                session: Session(model: value, shape: ForwardShape(batch: 1, length: 32), pool: Pools.pool(1)),
                scheduler: IPNDMScheduler(), steps: 2)
        }
        #expect("\(error, default: "")".contains("whose output has the shape of its sample"))
        let model = try Self.model(outChannels: 4)
        let doubled = #expect(throws: SamplingError.self) {
            _ = try Sampler(
                session: Session(model: model, shape: ForwardShape(batch: 1, length: 96), pool: Pools.pool(1)),
                scheduler: IPNDMScheduler(), steps: 2)
        }
        #expect("\(doubled, default: "")".contains("learned_range"))
        let short = #expect(throws: SamplingError.self) {
            _ = try Sampler(
                session: Session(
                    model: Self.model(outChannels: 2), shape: ForwardShape(batch: 1, length: 96), pool: Pools.pool(1)),
                scheduler: Everything(noise: .scaled(1), limit: .none), steps: 4,
                options: Sampler.Options(noise: .given([1, 2])))
        }
        #expect("\(short, default: "")".contains("4 draws"))
        #expect(throws: SamplingError.self) {
            _ = try HeldValues([1], shape: [1, 1, 2], positions: [0..<1], level: .exact)
        }
        #expect(throws: SamplingError.self) {
            _ = try HeldValues([1, 2], shape: [1, 1, 2], positions: [0..<3], level: .exact)
        }
    }
}
