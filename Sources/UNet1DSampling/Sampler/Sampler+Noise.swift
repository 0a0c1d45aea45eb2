import CKernels
internal import KernelArguments
import UNet1D

// Noise and levels: sums of a known sample and of noise.

extension Sampler {
    /// Fills `memory.noise` with the next draw, its parts on the workers where the source allows it.
    mutating func draw() {
        let count = sampleCount
        guard noise.isDivisible else {
            return noise.next(UnsafeMutableBufferPointer(start: memory.noise, count: count))
        }
        let output = memory.noise
        let part = Self.drawnElements
        withUnsafePointer(to: noise) { noise in
            withUnsafePointer(to: Draw(noise: noise, output: output, count: count)) { draw in
                session.pool.parallelFor((count + part - 1) / part, context: UnsafeRawPointer(draw)) {
                    context, _, tile, _ in
                    let draw = context.unsafelyUnwrapped.assumingMemoryBound(to: Draw.self)
                    draw.pointee.fill(tile * Sampler.drawnElements, Sampler.drawnElements)
                }
            }
        }
        noise.advance()
    }

    /// Values of a draw that one tile fills.
    fileprivate static var drawnElements: Int { 4096 }

    /// y = signal · x + noise · z. Neither operand needs to be there if its factor is 0.
    func add(
        _ x: UnsafePointer<Float>?, _ z: UnsafePointer<Float>?, _ level: NoiseLevel,
        to y: UnsafeMutablePointer<Float>
    ) {
        var a = step_arguments(elements: sampleCount / session.plan.shape.batch)
        a.sample = x
        a.next_sum.sample = Float(level.signal)
        a.noise = z
        a.noise_weight = Float(level.noise)
        a.next = y
        run(a)
    }

    /// y = signal · x + noise · z, of the caller's memory.
    func add(_ x: Span<Float>?, _ z: Span<Float>, _ level: NoiseLevel, to y: UnsafeMutablePointer<Float>) {
        precondition(z.count == sampleCount, "the noise's count is not that of the plan's sampleShape")
        z.withUnsafeBufferPointer { z in
            guard let x else { return add(nil, z.baseAddress, level, to: y) }
            precondition(x.count == sampleCount, "the sample's count is not that of the plan's sampleShape")
            x.withUnsafeBufferPointer { x in add(x.baseAddress, z.baseAddress, level, to: y) }
        }
    }

    /// Makes the sample as noisy as it was before some steps, with fresh noise.
    mutating func diffuse(from level: NoiseLevel, to noisier: NoiseLevel) {
        draw()
        let (scale, weight) = level.diffused(to: noisier)
        add(memory.sample, memory.noise, NoiseLevel(signal: scale, noise: weight), to: memory.sample)
    }
}

/// A draw that workers share.
private struct Draw {
    let noise: UnsafePointer<NoiseStream>
    let output: UnsafeMutablePointer<Float>
    let count: Int

    func fill(_ first: Int, _ part: Int) {
        noise.pointee.fill(
            UnsafeMutableBufferPointer(start: output + first, count: min(part, count - first)), from: first)
    }
}
