import CKernels

/// PyTorch's normal numbers from 16 uniform ones, as its kernels for AVX2 and AVX-512 compute them.
///
/// Value j is r · cos θ and value j + 8 is r · sin θ, with r = √(−2 ln(1 − u[j])) and θ = 2π · u[j + 8], in single precision
/// with Cephes' polynomials. PyTorch's compiler fuses the multiplications and additions of the polynomials, so each of them is
/// rounded once. Elsewhere PyTorch calls the C library's functions instead, and other last digits come out.
///
/// Source: PyTorch 2.13, aten/src/ATen/native/cpu, DistributionTemplates.h (`NormalFill16`) and avx_mathfun.h.
enum TorchNormals {
    /// Replaces the 16 uniform numbers at `values`, multiples of 2⁻²⁴ from 0 to below 1, by normal ones.
    @inline(__always)
    static func transform(_ values: UnsafeMutablePointer<Float>) {
        for j in stride(from: 0, to: 8, by: 4) {
            let (first, second) = (UnsafeMutableRawPointer(values + j), UnsafeMutableRawPointer(values + j + 8))
            let u = first.loadUnaligned(as: Lanes.self)
            let w = second.loadUnaligned(as: Lanes.self)
            var arithmetic = FusedArithmetic()
            var pair = normals(u, w, &arithmetic)
            if !arithmetic.isDecided { pair = exactNormals(u, w) }
            first.storeBytes(of: pair.0, as: Lanes.self)
            second.storeBytes(of: pair.1, as: Lanes.self)
        }
    }

    @inline(never)
    static func exactNormals(_ u: Lanes, _ w: Lanes) -> (Lanes, Lanes) {
        var arithmetic = LibraryArithmetic()
        return normals(u, w, &arithmetic)
    }

    /// r · cos θ and r · sin θ of `u` and `w`.
    @inline(__always)
    static func normals<Arithmetic: LaneArithmetic>(
        _ u: Lanes, _ w: Lanes, _ arithmetic: inout Arithmetic
    ) -> (Lanes, Lanes) {
        let one = Lanes(repeating: 1)
        let radius = kernel_square_root_4(logarithm(one - u, &arithmetic) * -2)
        let (cosine, sine) = cosineAndSine(w * 6.283_185_307_179_586, &arithmetic)
        // PyTorch adds the mean: a zero loses its sign.
        return (radius * cosine + Lanes(), radius * sine + Lanes())
    }

    /// ln u, for u from 2⁻²⁴ to 1.
    @inline(__always)
    private static func logarithm<Arithmetic: LaneArithmetic>(_ u: Lanes, _ arithmetic: inout Arithmetic) -> Lanes {
        let (m, e) = mantissaAndExponent(u)
        return arithmetic.logarithm(m - Lanes(repeating: 1), exponent: kernel_floats_4(e))
    }

    /// cos and sin of an angle from 0 to 2π.
    @inline(__always)
    private static func cosineAndSine<Arithmetic: LaneArithmetic>(
        _ angle: Lanes, _ arithmetic: inout Arithmetic
    ) -> (Lanes, Lanes) {
        // The even one of the eighths of a turn about the angle: twice the number of quarter turns that are taken off.
        let eighths = (kernel_truncated_4(angle * 1.273_239_544_735_16) &+ 1) & ~1
        let turns = kernel_floats_4(eighths)
        // π/4 in three parts, of which two have few digits: their products and differences are exact.
        let reduced = angle - turns * 0.785_156_25 - turns * 2.418_756_484_985_351_562_5e-4
        let x = arithmetic.add(reduced, turns, Lanes(repeating: -3.774_894_977_445_941_08e-8))
        let square = x * x
        let (cosine, sine) = (arithmetic.cosine(square), arithmetic.sine(x, square))
        let quarters = SIMD4<UInt32>(truncatingIfNeeded: eighths) &>> 1
        return turned(cosine, sine, by: quarters)
    }
}
