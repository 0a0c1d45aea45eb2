import CUNet1D
import UNet1DSampling

/// A sampler, in memory of its own as a session's state is.
struct SamplerState: ~Copyable {
    var sampler: Sampler
    /// Whether the caller brings the noise: then that with which a loop begins is not among it.
    private var noiseIsGiven: Bool

    init(_ sampler: consuming Sampler, noise: NoiseSource) {
        self.sampler = sampler
        noiseIsGiven = noise.isGiven
    }

    /// Ends a state that has memory of its own.
    static func free(_ state: UnsafeMutablePointer<SamplerState>) {
        state.deinitialize(count: 1)
        state.deallocate()
    }

    /// Starts the draws of the loops to come anew.
    mutating func restart(_ noise: NoiseSource) throws(SamplingError) {
        try sampler.restart(noise: noise)
        noiseIsGiven = noise.isGiven
    }

    /// A loop as C asks for it. Allocates only if it fails.
    mutating func run(
        _ options: UnsafePointer<unet1d_loop_options>?, _ output: UnsafeMutablePointer<Float>?, _ outputCount: Int
    ) throws(Failure) {
        let asked = try SizedStruct.read(options, "options", zero: unet1d_loop_options())
        try Failure.check("options.reserved", asked.reserved, has: 0)
        let noise = try whole("options.noise", asked.noise, asked.noise_count)
        let sample = try whole("options.sample", asked.sample, asked.sample_count)
        guard let memory = try whole("output", UnsafePointer(output), outputCount) else {
            throw .argument("output", found: "NULL", expected: "memory for a sample")
        }
        guard sample == nil ? asked.strength == 0 : 0...1 ~= asked.strength else {
            throw .argument(
                "options.strength", found: "\(asked.strength)",
                expected: sample == nil ? "0, as there is no sample" : "0 to 1")
        }
        guard noise != nil || !noiseIsGiven else {
            throw .argument(
                "options.noise", found: "NULL where the sampler's noise is given",
                expected: "the numbers with which the loop begins: those of the sampler are for its steps")
        }
        guard sampler.session.isConditioned else {
            throw .argument(
                "sampler", found: "no observation", expected: "one: call unet1d_sampler_set_condition before a loop")
        }
        var span = UnsafeMutableBufferPointer(mutating: memory).mutableSpan
        guard let function = asked.observe else {
            if let sample {
                sampler(sample: sample.span, strength: asked.strength, noise: noise?.span, into: &span)
            } else if let noise {
                sampler(noise: noise.span, into: &span)
            } else {
                sampler(into: &span)
            }
            return
        }
        let observer = Observer(function: function, context: asked.observe_context)
        if let sample {
            sampler(sample: sample.span, strength: asked.strength, noise: noise?.span, into: &span) {
                observer.sees($0, $1, $2, $3)
            }
        } else if let noise {
            sampler(noise: noise.span, into: &span) { observer.sees($0, $1, $2, $3) }
        } else {
            sampler(into: &span) { observer.sees($0, $1, $2, $3) }
        }
    }

    /// A sample of the caller's; nil for NULL.
    private func whole(
        _ name: String, _ pointer: UnsafePointer<Float>?, _ count: Int
    ) throws(Failure) -> UnsafeBufferPointer<Float>? {
        guard let values = try buffer(name, pointer, count) else { return nil }
        guard count == sampler.sampleCount else {
            throw .argument(
                name, found: "\(count) floats",
                expected: "\(sampler.sampleCount), the sample count of unet1d_sampler_info")
        }
        return values
    }
}

/// Who looks at the steps of a loop.
private struct Observer {
    let function: unet1d_observer
    let context: UnsafeMutableRawPointer?

    /// Shows a step; false ends the loop.
    func sees(_ index: Int, _ timestep: Double, _ sample: Span<Float>, _ estimate: Span<Float>) -> Bool {
        sample.withUnsafeBufferPointer { values in
            estimate.withUnsafeBufferPointer { estimates in
                var step = unet1d_step(
                    index: index, timestep: timestep, sample: values.baseAddress, estimate: estimates.baseAddress,
                    count: values.count)
                return function(context, &step) == 0
            }
        }
    }
}
