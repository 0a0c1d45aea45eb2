import CKernels
internal import KernelArguments
import UNet1D

// The limit of the estimate, for each batch element.

extension Sampler {
    /// Gives a step its limits.
    func limit(_ limit: SampleLimit, _ a: inout step_arguments) {
        let batch = session.plan.shape.batch
        switch limit {
        case .none: return
        case .clip(let range):
            for element in 0..<batch { memory.limits[element] = step_limit(bound: Float(range), scale: 1) }
        case .dynamicThreshold(let ratio, let maximum):
            runEstimate(of: a, to: memory.shown)
            let elements = sampleCount / batch
            let context = Thresholds(
                values: memory.shown, elements: elements, limits: memory.limits, ratio: ratio, maximum: maximum)
            withUnsafePointer(to: context) { context in
                session.pool.parallelFor(batch, context: UnsafeRawPointer(context)) { context, _, element, _ in
                    context.unsafelyUnwrapped.assumingMemoryBound(to: Thresholds.self).pointee.set(element)
                }
            }
        }
        a.limits = UnsafePointer(memory.limits)
    }
}

extension Sampler {
    /// Computes a step's estimate alone.
    func runEstimate(of a: step_arguments, to estimate: UnsafeMutablePointer<Float>) {
        var a = a
        (a.next, a.kept, a.corrected) = (nil, nil, nil)
        a.noise_weight = 0
        a.estimate = estimate
        run(a)
    }
}

/// Dynamic thresholds of batch elements. Source: diffusers 0.26.3, scheduling_ddpm.py, _threshold_sample.
struct Thresholds {
    /// The estimates, which are overwritten.
    let values: UnsafeMutablePointer<Float>
    let elements: Int
    let limits: UnsafeMutablePointer<step_limit>
    let ratio: Double
    let maximum: Double

    /// The limit of one batch element: the quantile of its magnitudes, 1 or more and at most the maximum.
    func set(_ element: Int) {
        let magnitudes = UnsafeMutableBufferPointer(start: values + element * elements, count: elements)
        var hasNaN = false
        for i in 0..<elements {
            magnitudes[i] = abs(magnitudes[i])
            hasNaN = hasNaN || magnitudes[i].isNaN
        }
        let bound = hasNaN ? Float.nan : min(max(quantile(magnitudes), 1), Float(maximum))
        limits[element] = step_limit(bound: bound, scale: 1 / bound)
    }

    /// The quantile between its two neighbours, linearly. Reorders the values, none of which is a NaN.
    private func quantile(_ values: UnsafeMutableBufferPointer<Float>) -> Float {
        let position = ratio * Double(elements - 1)
        let low = Int(position)
        select(low, in: values)
        guard low + 1 < elements else { return values[low] }
        var above = Float.infinity
        for i in low + 1..<elements { above = min(above, values[i]) }
        return values[low] + Float(position - Double(low)) * (above - values[low])
    }

    /// Puts the `rank`-th smallest value in its place, smaller ones before it and larger ones behind it.
    /// Source: Hoare, "Algorithm 65: Find", 1961.
    private func select(_ rank: Int, in values: UnsafeMutableBufferPointer<Float>) {
        var (first, last) = (0, elements - 1)
        while first < last {
            let pivot = values[(first + last) / 2]
            var (i, j) = (first, last)
            while i <= j {
                while values[i] < pivot { i += 1 }
                while values[j] > pivot { j -= 1 }
                if i <= j {
                    values.swapAt(i, j)
                    i += 1
                    j -= 1
                }
            }
            if rank <= j { last = j } else if rank >= i { first = i } else { return }
        }
    }
}
