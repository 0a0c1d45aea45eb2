import CKernels
internal import KernelArguments
package import KernelDispatch
import KernelsReference

/// The sinusoidal embedding of timesteps up to `greatest`.
package struct EmbeddingCheck: KernelCheck {
    package var count: Int
    package var half: Int
    package var isCosineFirst: Bool
    package var roundsTimestep: Bool
    package var greatest: Double

    package init(count: Int, half: Int, isCosineFirst: Bool, roundsTimestep: Bool, greatest: Double) {
        self.count = count
        self.half = half
        self.isCosineFirst = isCosineFirst
        self.roundsTimestep = roundsTimestep
        self.greatest = greatest
    }

    package var description: String {
        "embedding of \(count) timesteps up to \(greatest), half \(half), cosine first \(isCosineFirst), "
            + "rounded \(roundsTimestep)"
    }

    package func failures(of implementations: [Implementation], in memory: CheckMemory) -> [String] {
        let stride = padded(2 * half + 1)
        let timesteps = memory.doubles(count)
        // Each twice, as most batches have one timestep for all.
        for t in 0..<count { timesteps[t] = greatest / Double(t / 2 + 1) }
        let frequencies = memory.doubles(half)
        for k in 0..<half { frequencies[k] = (Double(k) * 0.37 - 1.1) * 6.283185307179586 }
        var a = embedding_arguments(
            count: count, half: half, isCosineFirst: isCosineFirst, roundsTimestep: roundsTimestep, yStride: stride)
        a.timesteps = UnsafePointer(timesteps)
        a.frequencies = UnsafePointer(frequencies)
        func compute(_ table: kernel_table) -> (y: UnsafeMutablePointer<Float>, failure: String?) {
            a.y = memory.floats(count * stride)
            return (a.y, run(table.embedding, a, tiles: 1, output: Output(a.y, count * stride), in: memory))
        }
        let expected = compute(KernelsReference.kernelTable())
        return collect(implementations, memory) { table in
            let got = compute(table)
            // Sines in Double that differ in the last place may round to neighbouring floats.
            return got.failure ?? difference(got.y, expected.y, count * stride) { Double(expected.y[$0].ulp) }
        }
    }
}
