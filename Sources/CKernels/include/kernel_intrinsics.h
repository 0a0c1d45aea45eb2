// Intrinsics for the kernels.
//
// What SIMD types cannot say, for each width that the importing module's instruction set has.
#pragma once

#include <immintrin.h>

#define KERNEL_INTRINSIC static inline __attribute__((always_inline))

/// Asks for the line at `p` in the second cache level. Never faults.
KERNEL_INTRINSIC void kernel_prefetch(const float *p) { _mm_prefetch((const char *)p, _MM_HINT_T1); }

/// `value`, through an empty instruction that needs `other` in a register at the same time.
KERNEL_INTRINSIC __m128 kernel_after_4(__m128 value, __m128 other) {
    __asm__("" : "+x"(value) : "x"(other));
    return value;
}
/// The larger, the smaller: `value` itself if either is NaN.
KERNEL_INTRINSIC __m128 kernel_max_4(__m128 bound, __m128 value) { return _mm_max_ps(bound, value); }
KERNEL_INTRINSIC __m128 kernel_min_4(__m128 bound, __m128 value) { return _mm_min_ps(bound, value); }
/// The lower and the upper half of the lanes, widened.
KERNEL_INTRINSIC __m128d kernel_low_4(__m128 value) { return _mm_cvtps_pd(value); }
KERNEL_INTRINSIC __m128d kernel_high_4(__m128 value) { return _mm_cvtps_pd(_mm_movehl_ps(value, value)); }
/// Both halves, narrowed.
KERNEL_INTRINSIC __m128 kernel_narrow_4(__m128d low, __m128d high) {
    return _mm_movelh_ps(_mm_cvtpd_ps(low), _mm_cvtpd_ps(high));
}

#ifdef __AVX2__
KERNEL_INTRINSIC __m256 kernel_after_8(__m256 value, __m256 other) {
    __asm__("" : "+x"(value) : "x"(other));
    return value;
}
KERNEL_INTRINSIC __m256 kernel_max_8(__m256 bound, __m256 value) { return _mm256_max_ps(bound, value); }
KERNEL_INTRINSIC __m256 kernel_min_8(__m256 bound, __m256 value) { return _mm256_min_ps(bound, value); }
KERNEL_INTRINSIC __m256d kernel_low_8(__m256 value) { return _mm256_cvtps_pd(_mm256_castps256_ps128(value)); }
KERNEL_INTRINSIC __m256d kernel_high_8(__m256 value) { return _mm256_cvtps_pd(_mm256_extractf128_ps(value, 1)); }
#endif

#ifdef __AVX512F__
KERNEL_INTRINSIC __m512 kernel_after_16(__m512 value, __m512 other) {
    __asm__("" : "+v"(value) : "v"(other));
    return value;
}
KERNEL_INTRINSIC __m512 kernel_max_16(__m512 bound, __m512 value) { return _mm512_max_ps(bound, value); }
KERNEL_INTRINSIC __m512 kernel_min_16(__m512 bound, __m512 value) { return _mm512_min_ps(bound, value); }
KERNEL_INTRINSIC __m512d kernel_low_16(__m512 value) { return _mm512_cvtps_pd(_mm512_castps512_ps256(value)); }
KERNEL_INTRINSIC __m512d kernel_high_16(__m512 value) { return _mm512_cvtps_pd(_mm512_extractf32x8_ps(value, 1)); }
#endif
