import CKernels
internal import KernelArguments
import UNet1D

/// What a caller sees of a step: its index, its timestep, the sample after it and the estimate of the clean sample.
typealias StepObserver = (_ index: Int, _ timestep: Double, _ sample: Span<Float>, _ estimate: Span<Float>) -> Bool

/// Changes the sample before a step's forward: its index, the timesteps as the model reads them, and the sample.
typealias StepGuide = (
    _ index: Int, _ timesteps: UnsafePointer<Double>, _ sample: UnsafeMutablePointer<Float>,
    _ sampler: borrowing Sampler
) -> Void

/// What is told of a forward in a loop: that it begins, and that it is over.
package enum ForwardEvent: Sendable {
    case begins, ends
}

// The loop: forwards and steps, of which none allocates.

extension Sampler {
    /// sample = the loop from noise, whose forwards are told of: for whoever compares a loop with them.
    package mutating func callAsFunction(
        noise: Span<Float>, into output: inout MutableSpan<Float>, telling tell: (ForwardEvent) -> Void
    ) {
        begin(with: noise)
        _ = run(from: 0, into: &output, isObserved: false, telling: tell) { _, _, _, _ in true }
    }

    /// Runs the steps from `first` on, on what is in `memory.sample`, for nobody to see.
    mutating func run(from first: Int, into output: inout MutableSpan<Float>) {
        _ = run(from: first, into: &output, isObserved: false) { _, _, _, _ in true }
    }

    /// Runs the steps from `first` on, on what is in `memory.sample`.
    mutating func run(
        from first: Int, into output: inout MutableSpan<Float>, isObserved: Bool,
        telling tell: (ForwardEvent) -> Void = { _ in }, guiding guide: StepGuide = { _, _, _, _ in },
        observe: StepObserver
    ) -> Bool {
        precondition(output.count == sampleCount, "the output's count is not that of the plan's sampleShape")
        return output.withUnsafeMutableBufferPointer { buffer in
            let output = buffer.baseAddress.unsafelyUnwrapped
            let count = schedule.count
            forget()
            hold(at: first < count ? schedule[first].before : .clean, in: memory.sample)
            var block = first
            while block < count {
                let end = block + min(resampling.jump, count - block)
                var repetition = 1
                while true {
                    for index in block..<end {
                        guard step(index, isObserved: isObserved, telling: tell, guiding: guide, observe: observe)
                        else {
                            output.update(from: shown(after: index), count: sampleCount)
                            return index == count - 1 && repetition >= resampling.repetitions
                        }
                    }
                    if repetition >= resampling.repetitions { break }
                    diffuse(from: schedule[end - 1].after, to: schedule[block].before)
                    if held?.level == .exact { hold(at: schedule[block].before, in: memory.sample) }
                    forget()
                    repetition += 1
                }
                block = end
            }
            output.update(from: memory.sample, count: sampleCount)
            return true
        }
    }

    /// A forward and the step behind it: `memory.sample` becomes the next sample.
    private mutating func step(
        _ index: Int, isObserved: Bool, telling tell: (ForwardEvent) -> Void, guiding guide: StepGuide,
        observe: StepObserver
    ) -> Bool {
        let row = schedule[index, kept: kept]
        Self.setTimesteps(memory.timesteps, session.plan.shape.timesteps, row.timestep, schedule, options)
        guide(index, UnsafePointer(memory.timesteps), memory.sample, self)
        let isShort = shortForwards > 0
        shortForwards = isShort ? shortForwards - 1 : options.wholeForwardEvery - 1
        tell(.begins)
        if !isShort, let results = table.row(index) {
            session.forward(
                uncheckedSample: UnsafePointer(memory.sample), stepResults: results, output: memory.output)
        } else {
            session.forward(
                uncheckedSample: UnsafePointer(memory.sample), timesteps: UnsafePointer(memory.timesteps),
                output: memory.output, isShort: isShort)
        }
        tell(.ends)
        if row.noise.isDrawn { draw() }
        var a = operands()
        a.set(row)
        setHistory(&a)
        limit(row.limit, &a)
        let isMoved = computeSlope(row, a)
        a.next = memory.sample
        if isObserved { a.estimate = memory.estimate }
        run(a)
        if isMoved { moveDownSlope(row) }
        remember()
        hold(at: row.after, in: memory.sample)
        guard isObserved else { return true }
        let sample = UnsafeBufferPointer(start: shown(after: index), count: sampleCount)
        let estimate = UnsafeBufferPointer(start: UnsafePointer(memory.estimate), count: sampleCount)
        return observe(index, row.timestep, sample.span, estimate.span)
    }

    /// Writes the timesteps of a step as the model reads them.
    private static func setTimesteps(
        _ timesteps: UnsafeMutablePointer<Double>, _ count: Int, _ timestep: Double, _ schedule: Schedule,
        _ options: Options
    ) {
        let scaled = timestep * options.timestepScale
        let isExact = schedule.timestepType == .int64 && options.timestepScale == 1
        for i in 0..<count { timesteps[i] = isExact ? scaled : Double(Float(scaled)) }
    }

    /// What depends on the timestep alone, for each step of a schedule. Allocates.
    static func table(
        _ session: inout Session, _ schedule: Schedule, _ options: Options, _ memory: borrowing LoopMemory
    ) throws(MemoryError) -> StepTable {
        let (timesteps, count) = (memory.timesteps, session.plan.shape.timesteps)
        return try StepTable(&session, steps: schedule.count) { step in
            setTimesteps(timesteps, count, schedule[step].timestep, schedule, options)
            return UnsafePointer(timesteps)
        }
    }

    /// A step of this sampler's shape that reads sample and output.
    private func operands() -> step_arguments {
        let batch = session.plan.shape.batch
        var a = step_arguments(elements: sampleCount / batch, outputStride: session.plan.outputCount / batch)
        a.sample = UnsafePointer(memory.sample)
        a.output = UnsafePointer(memory.output)
        a.noise = UnsafePointer(memory.noise)
        return a
    }

    /// Runs a step's tiles on the pool.
    func run(_ arguments: step_arguments) {
        memory.call.pointee.arguments = arguments
        session.pool.parallelFor(
            session.plan.shape.batch * arguments.element_tiles, context: UnsafeRawPointer(memory.call)
        ) { context, _, tile, _ in
            let call = context.unsafelyUnwrapped.assumingMemoryBound(to: StepCall.self)
            call.pointee.kernel(UnsafeRawPointer(call), tile, nil)
        }
    }

    /// The sample after a step, in diffusers' own scale.
    private func shown(after index: Int) -> UnsafePointer<Float> {
        let scale = index + 1 < schedule.count ? schedule[index + 1].inputScale : 1
        if scale == 1 { return UnsafePointer(memory.sample) }
        add(memory.sample, nil, NoiseLevel(signal: 1 / scale, noise: 0), to: memory.shown)
        return UnsafePointer(memory.shown)
    }
}

// MARK: - What a loop remembers

extension Sampler {
    /// Lets the order of a multistep method ramp up anew, behind a whole forward.
    private mutating func forget() {
        kept = 0
        shortForwards = 0
    }

    /// Points a step at the remembered tensors, and what it keeps at the slot of the oldest.
    private func setHistory(_ a: inout step_arguments) {
        let length = schedule.historyLength
        func slot(_ age: Int) -> UnsafeMutablePointer<Float> { memory.remembered((newest + age - 1) % length) }
        if kept > 0 { a.history.0 = UnsafePointer(slot(1)) }
        if kept > 1 { a.history.1 = UnsafePointer(slot(2)) }
        if kept > 2 { a.history.2 = UnsafePointer(slot(3)) }
        if length > 0 { a.kept = slot(length) }
        if schedule.keepsCorrected {
            if kept > 0 { a.last = UnsafePointer(memory.last) }
            a.corrected = memory.last
        }
    }

    private mutating func remember() {
        let length = schedule.historyLength
        guard length > 0 else { return }
        newest = (newest + length - 1) % length
        kept = min(kept + 1, length)
    }
}
