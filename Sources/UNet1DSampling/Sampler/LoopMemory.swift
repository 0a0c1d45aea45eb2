import CKernels
import Memory

/// The tensors of a denoising loop, in one mapping: nothing in it is mapped or moved while a loop runs.
///
/// Sendable: it holds addresses only; the memory belongs to the sampler.
struct LoopMemory: ~Copyable, @unchecked Sendable {
    /// u, which the model reads and each step overwrites.
    let sample: UnsafeMutablePointer<Float>
    /// v.
    let output: UnsafeMutablePointer<Float>
    /// z.
    let noise: UnsafeMutablePointer<Float>
    /// e, also the sample in diffusers' own scale for whoever looks at a step.
    let estimate: UnsafeMutablePointer<Float>
    let shown: UnsafeMutablePointer<Float>
    /// l.
    let last: UnsafeMutablePointer<Float>
    /// c, the gradient of a guidance's loss with respect to e; then the output's share of it; then that of the sample. Without
    /// room where the session has no gradients.
    let cotangent: UnsafeMutablePointer<Float>
    let outputCotangent: UnsafeMutablePointer<Float>
    let gradient: UnsafeMutablePointer<Float>
    /// For each batch element the limit of its estimate.
    let limits: UnsafeMutablePointer<step_limit>
    /// One timestep for each that a forward takes.
    let timesteps: UnsafeMutablePointer<Double>
    /// What the tiles of a step read.
    let call: UnsafeMutablePointer<StepCall>
    private let history: UnsafeMutablePointer<Float>
    private let stride: Int
    private let mapping: MappedMemory

    /// Maps and touches memory for a sample of `count` floats in `batch` elements. Allocates.
    init(
        count: Int, outputCount: Int, batch: Int, timesteps: Int, hasGradients: Bool, kernel: @escaping kernel_function
    ) throws(MemoryError) {
        stride = Self.rounded(count)
        let tensors = 8 * stride + Self.rounded(outputCount)
        let guidedCount = hasGradients ? count : 0
        let guidedOutputCount = hasGradients ? outputCount : 0
        let guided = 2 * Self.rounded(guidedCount) + Self.rounded(guidedOutputCount)
        let limitBytes = batch * MemoryLayout<step_limit>.stride
        let timestepBytes = timesteps * MemoryLayout<Double>.stride
        mapping = try MappedMemory(
            bytes: (tensors + guided) * 4 + 64 * 3 + limitBytes + timestepBytes + MemoryLayout<StepCall>.stride)
        mapping.touch()
        var place = mapping.base
        func floats(_ count: Int) -> UnsafeMutablePointer<Float> {
            defer { place += Self.rounded(count) * 4 }
            return place.bindMemory(to: Float.self, capacity: count)
        }
        sample = floats(count)
        output = floats(outputCount)
        noise = floats(count)
        estimate = floats(count)
        shown = floats(count)
        last = floats(count)
        history = floats(3 * stride)
        cotangent = floats(guidedCount)
        outputCotangent = floats(guidedOutputCount)
        gradient = floats(guidedCount)
        limits = place.bindMemory(to: step_limit.self, capacity: batch)
        place += (limitBytes + 63) / 64 * 64
        self.timesteps = place.bindMemory(to: Double.self, capacity: timesteps)
        place += (timestepBytes + 63) / 64 * 64
        call = place.bindMemory(to: StepCall.self, capacity: 1)
        call.initialize(to: StepCall(arguments: step_arguments(), kernel: kernel))
    }

    /// The remembered tensor in a slot, 0 to 2.
    func remembered(_ slot: Int) -> UnsafeMutablePointer<Float> { history + slot * stride }

    /// Floats, in whole cache lines.
    private static func rounded(_ count: Int) -> Int { (count + 15) / 16 * 16 }
}

/// A step that is ready to run, tile by tile.
struct StepCall {
    var arguments: step_arguments
    let kernel: kernel_function
}
