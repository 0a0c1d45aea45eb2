import CKernels
internal import KernelArguments
public import UNet1D

// Guided loops: each step is moved against the gradient of a loss of its estimate.
// Source: Chung and others, "Diffusion Posterior Sampling for General Noisy Inverse Problems", 2022, arXiv 2209.14687.

extension Sampler {
    /// Prepares loops that can be guided. Allocates, and touches all memory.
    ///
    /// Until `guide` is called, loops have the bits of a sampler of a `Session`.
    ///
    /// - Parameters:
    ///   - session: its selected shape is that of the sample.
    ///   - scheduler: a scheduler of the library's, or one read from a file.
    ///   - steps: model evaluations of a loop that starts from noise.
    ///   - options: noise and rounding; all forwards are whole.
    /// - Throws: `SamplingError`, as for a `Session`.
    public init(
        session: consuming GradientSession, scheduler: some DenoisingScheduler, steps: Int, options: Options = Options()
    ) throws(SamplingError) {
        try self.init(session: session.intoSession(), scheduler: scheduler, steps: steps, options: options)
    }

    /// Guides every loop from now on; nil: none. Values can be held, too: they are put back after a step was moved.
    ///
    /// A step takes a forward and its gradient then. Steps whose estimate divides by a signal of zero are not moved.
    ///
    /// - Throws: `SamplingError.values` for a sampler of a session without gradients, for UniPC, whose corrections would undo
    ///   the guidance, and for a scale that is no finite number; nothing changes.
    public mutating func guide(by guidance: Guidance?) throws(SamplingError) {
        if let guidance {
            guard session.plan.isDifferentiated else {
                throw .values(
                    name: "guidance", found: "a sampler of a Session, which has no gradients",
                    expected: "a sampler of a GradientSession: make it with Sampler(session: GradientSession(…), …)")
            }
            guard !schedule.keepsCorrected else {
                throw .values(
                    name: "guidance",
                    found: "a scheduler that corrects each step's result by what the model says of it",
                    expected:
                        "one that does not, such as DPMSolverMultistepScheduler: the correction would undo the guidance"
                )
            }
            guard Float(guidance.scale).isFinite else {
                throw .values(name: "guidance's scale", found: "\(guidance.scale)", expected: "a finite number")
            }
        }
        self.guidance = guidance
    }

    /// Computes c and Jᵀ(b · c) of a step whose forward was the latest, with e = a · u + b · v; false where nothing guides.
    ///
    /// - Parameter arguments: the step's, with its limits.
    mutating func computeSlope(_ row: StepRow, _ arguments: step_arguments) -> Bool {
        guard let guidance, row.estimate.isFinite else { return false }
        runEstimate(of: arguments, to: memory.estimate)
        let estimate = UnsafeBufferPointer(start: UnsafePointer(memory.estimate), count: sampleCount)
        let buffer = UnsafeMutableBufferPointer(start: memory.cotangent, count: sampleCount)
        buffer.update(repeating: 0)
        var cotangent = buffer.mutableSpan
        guidance.gradient(estimate.span, &cotangent)
        carryBack(row)
        session.gradient(cotangent: UnsafePointer(memory.outputCotangent), gradient: memory.gradient)
        return true
    }

    /// Carries c through the limit and to the output. What the limit cuts has no gradient; its bound is a constant.
    private func carryBack(_ row: StepRow) {
        let batch = session.plan.shape.batch
        let (elements, outputElements) = (sampleCount / batch, session.plan.outputCount / batch)
        let weight = Float(row.estimate.output)
        for element in 0..<batch {
            let (estimate, cotangent) = (memory.estimate + element * elements, memory.cotangent + element * elements)
            let output = memory.outputCotangent + element * outputElements
            if row.limit != .none {
                let limit = memory.limits[element]
                for i in 0..<elements {
                    cotangent[i] = abs(estimate[i]) >= limit.bound * limit.scale ? 0 : limit.scale * cotangent[i]
                }
            }
            // The output's second half, where it has one, is about variances, on which the estimate does not depend.
            for i in 0..<elements { output[i] = weight * cotangent[i] }
        }
    }

    /// u′ − scale · (a · c + Jᵀ(b · c)).
    func moveDownSlope(_ row: StepRow) {
        guard let scale = guidance?.scale else { return }
        var a = step_arguments(elements: sampleCount / session.plan.shape.batch)
        a.sample = UnsafePointer(memory.sample)
        a.history.0 = UnsafePointer(memory.cotangent)
        a.history.1 = UnsafePointer(memory.gradient)
        a.next_sum.sample = 1
        a.next_sum.history = (Float(-scale * row.estimate.sample), Float(-scale), 0)
        a.next = memory.sample
        run(a)
    }
}
