import Glibc

/// PyTorch's random numbers on CPU: `torch.Generator().manual_seed(seed)`, and `torch.randn` from it in single precision.
///
/// Calls that ask for the same shapes in the same order give the bits that PyTorch gives on a processor with AVX2 or AVX-512,
/// so that a seed gives the clip that it gives in diffusers. On other processors PyTorch itself gives other last digits.
///
/// Numbers come one after another: a generator belongs to one thread at a time.
public struct TorchGenerator: ~Copyable, @unchecked Sendable {
    // Sendable: the state is this value's alone.
    private var twister: MersenneTwister
    /// The sine of the last pair, if its cosine alone was taken.
    private var kept: Double?

    /// The seed that the numbers come from. PyTorch uses its lower 32 bits.
    public private(set) var seed: UInt64

    /// A generator with a seed; a negative seed of PyTorch is `UInt64(bitPattern: seed)`. Allocates 2.5 KB.
    public init(seed: UInt64) {
        self.seed = seed
        twister = MersenneTwister(seed: UInt32(truncatingIfNeeded: seed))
    }

    /// Starts over with a seed, as `manual_seed` does. Allocates nothing.
    public mutating func restart(seed: UInt64) {
        self.seed = seed
        twister.restart(seed: UInt32(truncatingIfNeeded: seed))
        kept = nil
    }

    /// Fills `output` as `torch.randn` fills a contiguous tensor of as many elements. Allocates nothing.
    ///
    /// The values depend on the number of elements: one call is not two calls for its halves.
    public mutating func randn(_ output: UnsafeMutableBufferPointer<Float>) {
        guard output.count >= 16 else {
            for i in output.indices { output[i] = Float(nextNormal()) }
            return
        }
        twister.fillUniform(output)
        for group in 0..<output.count / 16 { TorchNormals.transform(output.baseAddress! + 16 * group) }
        if output.count % 16 != 0 {
            // The last 16 elements are drawn anew, also those that were filled.
            let last = UnsafeMutableBufferPointer(rebasing: output.suffix(16))
            twister.fillUniform(last)
            TorchNormals.transform(last.baseAddress!)
        }
    }

    /// Fills `output` as `torch.randn` fills a contiguous tensor of as many elements. Allocates nothing.
    public mutating func randn(_ output: inout MutableSpan<Float>) {
        output.withUnsafeMutableBufferPointer { randn($0) }
    }

    /// r · cos θ, and r · sin θ the next time, with r = √(−2 ln(1 − u)) and θ = 2π · v, in double precision.
    ///
    /// Source: PyTorch 2.13, aten/src/ATen/core/DistributionsHelper.h, `normal_distribution`.
    private mutating func nextNormal() -> Double {
        if let value = kept {
            kept = nil
            // PyTorch adds the mean: a zero loses its sign.
            return value + 0
        }
        let (v, u) = (nextUniform(), nextUniform())
        let radius = (-2 * log1p(-u)).squareRoot()
        let angle = 6.283_185_307_179_586 * v
        kept = radius * sin(angle)
        return radius * cos(angle) + 0
    }

    /// A multiple of 2⁻⁵³ from 0 to below 1: the lower bits of two words, the first above.
    private mutating func nextUniform() -> Double {
        let (high, low) = (UInt64(twister.next()), UInt64(twister.next()))
        return Double((high << 32 | low) & (1 << 53 - 1)) * 0x1p-53
    }
}
