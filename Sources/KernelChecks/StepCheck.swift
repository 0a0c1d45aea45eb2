import CKernels
import Glibc
internal import KernelArguments
package import KernelDispatch
import KernelsReference

/// One step of a denoising loop.
package struct StepCheck: KernelCheck {
    /// The operands that a step has beside sample and output.
    package struct Operands: OptionSet, Sendable {
        package let rawValue: Int
        package init(rawValue: Int) { self.rawValue = rawValue }
        package static let history = Operands(rawValue: 1)
        package static let last = Operands(rawValue: 2)
        package static let noise = Operands(rawValue: 4)
        package static let limits = Operands(rawValue: 8)
    }

    package var elements: Int
    package var batch = 1
    package var tileElements: Int
    package var operands: Operands = []
    package var variance = STEP_VARIANCE_FIXED
    /// Whether next is the sample's memory, kept the oldest of the history, and corrected the last's.
    package var isInPlace = false
    /// Whether the sample has a NaN.
    package var hasNaN = false

    package init(elements: Int, tileElements: Int) {
        self.elements = elements
        self.tileElements = tileElements
    }

    package var description: String {
        "step of \(elements) elements, batch \(batch), tiles of \(tileElements), operands \(operands.rawValue), "
            + "variance \(variance.rawValue), in place \(isInPlace), NaN \(hasNaN)"
    }

    private var count: Int { batch * elements }

    package func failures(of implementations: [Implementation], in memory: CheckMemory) -> [String] {
        let expected = Memory(self, memory)
        if let failure = compute(KernelsReference.kernelTable(), expected, memory) { return ["reference: \(failure)"] }
        return collect(implementations, memory) { table in
            let got = Memory(self, memory)
            return compute(table, got, memory)
                ?? zip(got.results, expected.results).lazy.compactMap { y, z in
                    difference(y, z, count) { tolerance(Double(z[$0])) }
                }.first
        }
    }

    /// Operands and weights are of the size of 1, a sum has up to seven products, and a sum's error is an operand of the next ones.
    private func tolerance(_ expected: Double) -> Double { roundoff * (40 + 4 * abs(expected)) }

    private func compute(_ table: kernel_table, _ buffers: Memory, _ memory: CheckMemory) -> String? {
        let a = buffers.arguments
        return run(
            table.step, a, tiles: batch * a.element_tiles, output: isInPlace ? nil : Output(buffers.next, count),
            in: memory)
    }

    /// The operands of a run and what it computes.
    private struct Memory {
        var arguments: step_arguments
        let next: UnsafeMutablePointer<Float>
        let results: [UnsafeMutablePointer<Float>]

        init(_ check: StepCheck, _ memory: CheckMemory) {
            let count = check.count
            /// An operand of its own, at an odd multiple of a float's size.
            func operand(_ seed: UInt64, _ count: Int) -> UnsafeMutablePointer<Float> {
                memory.uniform(count, seed: seed, alignment: 4)
            }
            let learnsVariance = check.variance != STEP_VARIANCE_FIXED
            let outputStride = check.elements * (learnsVariance ? 2 : 1)
            var a = step_arguments(
                elements: check.elements, outputStride: outputStride, tileElements: check.tileElements)
            let sample = operand(1, count)
            if check.hasNaN { sample[count / 2] = .nan }
            a.sample = UnsafePointer(sample)
            let output = operand(2, check.batch * outputStride)
            if check.variance == STEP_VARIANCE_ROOT {
                for i in 0..<check.batch * outputStride { output[i] = abs(output[i]) }
            }
            a.output = UnsafePointer(output)
            let oldest = operand(5, count)
            let last = operand(6, count)
            if check.operands.contains(.history) {
                a.history = (UnsafePointer(operand(3, count)), UnsafePointer(operand(4, count)), UnsafePointer(oldest))
            }
            if check.operands.contains(.last) { a.last = UnsafePointer(last) }
            if check.operands.contains(.noise) { a.noise = UnsafePointer(operand(7, count)) }
            if check.operands.contains(.limits) {
                let limits = memory.bytes(check.batch * MemoryLayout<step_limit>.stride)
                    .bindMemory(to: step_limit.self, capacity: check.batch)
                for b in 0..<check.batch { limits[b] = step_limit(bound: 0.3 + 0.1 * Float(b), scale: 1.5) }
                a.limits = UnsafePointer(limits)
            }
            a.setSums(check)
            a.variance = Int32(check.variance.rawValue)
            (a.variance_offset, a.variance_slope) = (-1, 0.75)
            next = check.isInPlace ? sample : memory.floats(count, alignment: 4)
            let kept = check.isInPlace ? oldest : memory.floats(count, alignment: 4)
            let corrected = check.isInPlace ? last : memory.floats(count, alignment: 4)
            let estimate = memory.floats(count, alignment: 4)
            (a.estimate, a.kept, a.corrected, a.next) = (estimate, kept, corrected, next)
            arguments = a
            results = [estimate, kept, corrected, next]
        }
    }
}

extension step_arguments {
    /// Sums with a weight for every operand that there is.
    fileprivate mutating func setSums(_ check: StepCheck) {
        estimate_sum.sample = 0.8
        estimate_sum.output = -0.6
        kept_sum.sample = 0.25
        kept_sum.output = 0.5
        kept_sum.estimate = -0.75
        corrected_sum.sample = 0.1
        corrected_sum.estimate = 0.3
        next_sum.sample = -0.4
        next_sum.output = 0.7
        next_sum.estimate = 0.35
        if check.operands.contains(.history) {
            corrected_sum.history = (0.2, 0, -0.3)
            next_sum.history = (-0.45, 0.65, 0.05)
        }
        if check.operands.contains(.last) {
            corrected_sum.last = 0.5
            next_sum.last = -0.2
        }
        if check.operands.contains(.noise) { noise_weight = 0.85 }
    }
}

extension StepCheck {
    /// Cases of the self-test.
    static var samples: [any KernelCheck] {
        var all = StepCheck(elements: 101, tileElements: 33)
        (all.batch, all.operands, all.hasNaN) = (3, [.history, .last, .noise, .limits], true)
        var learned = StepCheck(elements: 40, tileElements: 40)
        (learned.batch, learned.operands, learned.variance) = (2, .noise, STEP_VARIANCE_EXPONENTIAL)
        return [all, learned]
    }
}
