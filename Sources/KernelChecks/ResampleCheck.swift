import CKernels
internal import KernelArguments
package import KernelDispatch
import KernelsReference

/// FIR resampling with taps that are not symmetric.
package struct ResampleCheck: KernelCheck {
    package enum Direction: Sendable, CaseIterable { case down, up, downGradient, upGradient }

    package var direction: Direction
    /// The length of what a forward reads.
    package var length: Int
    /// Floats a position.
    package var width: Int
    package var tilePositions: Int
    /// Whether the first float is NaN.
    package var hasNaN = false

    package init(direction: Direction, length: Int, width: Int, tilePositions: Int) {
        self.direction = direction
        self.length = length
        self.width = width
        self.tilePositions = tilePositions
    }

    package var description: String {
        "resampling \(direction) of \(length) positions of \(width), tiles of \(tilePositions), NaN \(hasNaN)"
    }

    private var isGradient: Bool { direction == .downGradient || direction == .upGradient }
    private var isDown: Bool { direction == .down || direction == .downGradient }
    /// The length of what a forward gives.
    private var resampledLength: Int { isDown ? length / 2 : 2 * length }
    private var inputLength: Int { isGradient ? resampledLength : length }
    private var outputLength: Int { isGradient ? length : resampledLength }

    private func kernel(_ table: kernel_table) -> kernel_function {
        switch direction {
        case .down: table.downsample
        case .up: table.upsample
        case .downGradient: table.downsample_gradient
        case .upGradient: table.upsample_gradient
        }
    }

    package func failures(of implementations: [Implementation], in memory: CheckMemory) -> [String] {
        let x = memory.uniform(inputLength * width, seed: 1)
        if hasNaN { x[0] = .nan }
        let taps = memory.uniform(8, seed: 2)
        let reference = KernelsReference.kernelTable()
        let expected = compute(reference, x, taps, memory)
        let magnitudes = compute(
            reference, memory.magnitudes(x, inputLength * width), memory.magnitudes(taps, 8), memory)
        if let failure = expected.failure ?? magnitudes.failure { return ["reference: \(failure)"] }
        return collect(implementations, memory) { table in
            let got = compute(table, x, taps, memory)
            return got.failure
                ?? difference(got.y, expected.y, outputLength * width) {
                    sumError(terms: 24) * Double(magnitudes.y[$0])
                }
        }
    }

    private func compute(
        _ table: kernel_table, _ x: UnsafePointer<Float>, _ taps: UnsafePointer<Float>, _ memory: CheckMemory
    ) -> (y: UnsafeMutablePointer<Float>, failure: String?) {
        let y = memory.floats(outputLength * width)
        var a = resample_arguments(
            length: inputLength, outputLength: outputLength, width: width, tilePositions: tilePositions)
        (a.x, a.y, a.taps) = (x, y, taps)
        let failure = run(
            kernel(table), a, tiles: a.tiles,
            output: Output(y, outputLength * width), in: memory)
        return (y, failure)
    }
}
