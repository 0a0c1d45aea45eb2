// Intrinsics for the kernels.
//
// What SIMD types cannot say, for each width that the importing module's instruction set has.
#pragma once

#include <immintrin.h>
#include <stdint.h>

#define KERNEL_INTRINSIC static inline __attribute__((always_inline))

// Arithmetic on whole vectors. Swift's operators on SIMD types are a loop over the lanes that the compiler turns into vectors
// again; where several vectors are computed side by side it regroups the lanes across them, and shuffles.
#define KERNEL_ARITHMETIC(lanes, vector) \
    KERNEL_INTRINSIC vector kernel_add_##lanes(vector a, vector b) { return a + b; } \
    KERNEL_INTRINSIC vector kernel_subtract_##lanes(vector a, vector b) { return a - b; } \
    KERNEL_INTRINSIC vector kernel_multiply_##lanes(vector a, vector b) { return a * b; } \
    KERNEL_INTRINSIC vector kernel_divide_##lanes(vector a, vector b) { return a / b; }

/// Ends the process: for arguments that no kernel can compute anything from.
KERNEL_INTRINSIC void kernel_trap(void) { __builtin_trap(); }

/// Asks for the line at `p` in the second cache level. Never faults.
KERNEL_INTRINSIC void kernel_prefetch(const void *p) { _mm_prefetch((const char *)p, _MM_HINT_T1); }
/// Asks for the line at `p` in the first cache level. Never faults.
KERNEL_INTRINSIC void kernel_prefetch_near(const void *p) { _mm_prefetch((const char *)p, _MM_HINT_T0); }

KERNEL_ARITHMETIC(4, __m128)
/// Numbers of IEEE half precision at `p`, exactly; and of bfloat16.
KERNEL_INTRINSIC __m128 kernel_half_4(const uint16_t *p) {
    const __m128i bits = _mm_unpacklo_epi16(_mm_loadl_epi64((const __m128i *)p), _mm_setzero_si128());
    const __m128i magnitude = _mm_and_si128(bits, _mm_set1_epi32(0x7fff));
    const __m128i exponent = _mm_and_si128(bits, _mm_set1_epi32(0x7c00));
    const __m128i isSpecial = _mm_cmpeq_epi32(exponent, _mm_set1_epi32(0x7c00));
    const __m128i isSubnormal = _mm_cmpeq_epi32(exponent, _mm_setzero_si128());
    // The exponents' biases differ by 112; those of infinities and NaN are all ones.
    const __m128i bias = _mm_or_si128(_mm_and_si128(isSpecial, _mm_set1_epi32(0x70000000)),
                                      _mm_andnot_si128(isSpecial, _mm_set1_epi32(0x38000000)));
    const __m128i normal = _mm_add_epi32(_mm_slli_epi32(magnitude, 13), bias);
    // Subnormals through integers, whatever the processor does with subnormal floats.
    const __m128i subnormal = _mm_castps_si128(_mm_mul_ps(_mm_cvtepi32_ps(magnitude), _mm_set1_ps(0x1p-24f)));
    const __m128i value = _mm_or_si128(_mm_and_si128(isSubnormal, subnormal), _mm_andnot_si128(isSubnormal, normal));
    return _mm_castsi128_ps(_mm_or_si128(value, _mm_slli_epi32(_mm_and_si128(bits, _mm_set1_epi32(0x8000)), 16)));
}
/// a + x₀·w₀ + x₁·w₁ for pairs of bfloat16 in each lane, whose products are exact in float.
KERNEL_INTRINSIC __m128 kernel_dot_bfloat_4(__m128 a, __m128 x, __m128 w) {
    const __m128i high = _mm_set1_epi32((int)0xffff0000);
    const __m128 odd = _mm_mul_ps(_mm_and_ps(x, _mm_castsi128_ps(high)), _mm_and_ps(w, _mm_castsi128_ps(high)));
    const __m128 even = _mm_mul_ps(_mm_castsi128_ps(_mm_slli_epi32(_mm_castps_si128(x), 16)),
                                   _mm_castsi128_ps(_mm_slli_epi32(_mm_castps_si128(w), 16)));
    return _mm_add_ps(_mm_add_ps(a, odd), even);
}
/// Rounds each lane to the nearest bfloat16, ties to the even one; NaN stays NaN.
KERNEL_INTRINSIC void kernel_store_bfloat_4(__m128 value, uint16_t *p) {
    const __m128i bits = _mm_castps_si128(value);
    const __m128i odd = _mm_and_si128(_mm_srli_epi32(bits, 16), _mm_set1_epi32(1));
    const __m128i rounded = _mm_srli_epi32(_mm_add_epi32(_mm_add_epi32(bits, _mm_set1_epi32(0x7fff)), odd), 16);
    const __m128i quiet = _mm_or_si128(_mm_srli_epi32(bits, 16), _mm_set1_epi32(0x40));
    const __m128i isNaN = _mm_castps_si128(_mm_cmpunord_ps(value, value));
    __m128i words = _mm_or_si128(_mm_and_si128(isNaN, quiet), _mm_andnot_si128(isNaN, rounded));
    // Sign-extended, so that packing with signed saturation keeps all bits.
    words = _mm_srai_epi32(_mm_slli_epi32(words, 16), 16);
    _mm_storel_epi64((__m128i *)p, _mm_packs_epi32(words, words));
}
KERNEL_INTRINSIC __m128 kernel_bfloat_4(const uint16_t *p) {
    return _mm_castsi128_ps(_mm_unpacklo_epi16(_mm_setzero_si128(), _mm_loadl_epi64((const __m128i *)p)));
}
/// 2ⁿ, with n in the low bits of `shifted`.
KERNEL_INTRINSIC __m128 kernel_power_of_two_4(__m128 shifted) {
    return _mm_castsi128_ps(_mm_add_epi32(_mm_slli_epi32(_mm_castps_si128(shifted), 23), _mm_set1_epi32(0x3f800000)));
}
/// value·2ⁿ, with n in the low bits of `shifted`, by an addition to the exponent.
KERNEL_INTRINSIC __m128 kernel_scale_4(__m128 value, __m128 shifted) {
    return _mm_castsi128_ps(_mm_add_epi32(_mm_slli_epi32(_mm_castps_si128(shifted), 23), _mm_castps_si128(value)));
}
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
/// The largest lane, and the sum of the lanes, halves folded.
KERNEL_INTRINSIC float kernel_reduce_max_4(__m128 value) {
    value = _mm_max_ps(value, _mm_movehl_ps(value, value));
    return _mm_cvtss_f32(_mm_max_ss(value, _mm_shuffle_ps(value, value, 1)));
}
KERNEL_INTRINSIC float kernel_reduce_add_4(__m128 value) {
    value = _mm_add_ps(value, _mm_movehl_ps(value, value));
    return _mm_cvtss_f32(_mm_add_ss(value, _mm_shuffle_ps(value, value, 1)));
}
KERNEL_INTRINSIC double kernel_reduce_add_double_2(__m128d value) {
    return _mm_cvtsd_f64(_mm_add_sd(value, _mm_unpackhi_pd(value, value)));
}
/// Both halves, narrowed.
KERNEL_INTRINSIC __m128 kernel_narrow_4(__m128d low, __m128d high) {
    return _mm_movelh_ps(_mm_cvtpd_ps(low), _mm_cvtpd_ps(high));
}

KERNEL_INTRINSIC __m128 kernel_square_root_4(__m128 value) { return _mm_sqrt_ps(value); }
typedef int32_t kernel_integers_4 __attribute__((vector_size(16)));
/// Integers as floats, rounded; floats as integers, cut off.
KERNEL_INTRINSIC __m128 kernel_floats_4(kernel_integers_4 value) { return _mm_cvtepi32_ps((__m128i)value); }
KERNEL_INTRINSIC kernel_integers_4 kernel_truncated_4(__m128 value) { return (kernel_integers_4)_mm_cvttps_epi32(value); }

#ifdef __AVX2__
KERNEL_ARITHMETIC(8, __m256)
KERNEL_INTRINSIC __m256 kernel_half_8(const uint16_t *p) { return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p)); }
KERNEL_INTRINSIC __m256 kernel_dot_bfloat_8(__m256 a, __m256 x, __m256 w) {
    const __m256 high = _mm256_castsi256_ps(_mm256_set1_epi32((int)0xffff0000));
    a = _mm256_fmadd_ps(_mm256_and_ps(x, high), _mm256_and_ps(w, high), a);
    return _mm256_fmadd_ps(_mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(x), 16)),
                           _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(w), 16)), a);
}
KERNEL_INTRINSIC void kernel_store_bfloat_8(__m256 value, uint16_t *p) {
    const __m256i bits = _mm256_castps_si256(value);
    const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
    const __m256i rounded =
        _mm256_srli_epi32(_mm256_add_epi32(_mm256_add_epi32(bits, _mm256_set1_epi32(0x7fff)), odd), 16);
    const __m256i quiet = _mm256_or_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(0x40));
    const __m256i isNaN = _mm256_castps_si256(_mm256_cmp_ps(value, value, _CMP_UNORD_Q));
    const __m256i words = _mm256_blendv_epi8(rounded, quiet, isNaN);
    const __m256i packed = _mm256_permute4x64_epi64(_mm256_packus_epi32(words, words), 0x08);
    _mm_storeu_si128((__m128i *)p, _mm256_castsi256_si128(packed));
}
KERNEL_INTRINSIC __m256 kernel_bfloat_8(const uint16_t *p) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)p)), 16));
}
KERNEL_INTRINSIC __m256 kernel_power_of_two_8(__m256 shifted) {
    return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_slli_epi32(_mm256_castps_si256(shifted), 23), _mm256_set1_epi32(0x3f800000)));
}
KERNEL_INTRINSIC __m256 kernel_scale_8(__m256 value, __m256 shifted) {
    return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_slli_epi32(_mm256_castps_si256(shifted), 23), _mm256_castps_si256(value)));
}
KERNEL_INTRINSIC __m256 kernel_after_8(__m256 value, __m256 other) {
    __asm__("" : "+x"(value) : "x"(other));
    return value;
}
/// a + x · w, rounded once: as one operation on the whole vector, which the compiler then cannot regroup by lanes.
KERNEL_INTRINSIC __m256 kernel_multiply_add_8(__m256 a, __m256 x, __m256 w) { return _mm256_fmadd_ps(x, w, a); }
/// a − x · w, rounded once.
KERNEL_INTRINSIC __m256 kernel_multiply_subtract_8(__m256 a, __m256 x, __m256 w) { return _mm256_fnmadd_ps(x, w, a); }
KERNEL_INTRINSIC __m256 kernel_max_8(__m256 bound, __m256 value) { return _mm256_max_ps(bound, value); }
KERNEL_INTRINSIC __m256 kernel_min_8(__m256 bound, __m256 value) { return _mm256_min_ps(bound, value); }
KERNEL_INTRINSIC __m256d kernel_low_8(__m256 value) { return _mm256_cvtps_pd(_mm256_castps256_ps128(value)); }
KERNEL_INTRINSIC __m256d kernel_high_8(__m256 value) { return _mm256_cvtps_pd(_mm256_extractf128_ps(value, 1)); }
KERNEL_INTRINSIC float kernel_reduce_max_8(__m256 value) {
    return kernel_reduce_max_4(_mm_max_ps(_mm256_castps256_ps128(value), _mm256_extractf128_ps(value, 1)));
}
KERNEL_INTRINSIC float kernel_reduce_add_8(__m256 value) {
    return kernel_reduce_add_4(_mm_add_ps(_mm256_castps256_ps128(value), _mm256_extractf128_ps(value, 1)));
}
KERNEL_INTRINSIC __m256 kernel_narrow_8(__m256d low, __m256d high) {
    return _mm256_set_m128(_mm256_cvtpd_ps(high), _mm256_cvtpd_ps(low));
}
KERNEL_INTRINSIC double kernel_reduce_add_double_4(__m256d value) {
    return kernel_reduce_add_double_2(_mm_add_pd(_mm256_castpd256_pd128(value), _mm256_extractf128_pd(value, 1)));
}
#endif

#ifdef __AVX512F__
KERNEL_ARITHMETIC(16, __m512)
KERNEL_INTRINSIC __m512 kernel_half_16(const uint16_t *p) { return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p)); }
#ifdef __AVX512BF16__
KERNEL_INTRINSIC __m512 kernel_dot_bfloat_16(__m512 a, __m512 x, __m512 w) {
    return _mm512_dpbf16_ps(a, (__m512bh)x, (__m512bh)w);
}
KERNEL_INTRINSIC void kernel_store_bfloat_16(__m512 value, uint16_t *p) {
    _mm256_storeu_si256((__m256i *)p, (__m256i)_mm512_cvtneps_pbh(value));
}
#else
KERNEL_INTRINSIC __m512 kernel_dot_bfloat_16(__m512 a, __m512 x, __m512 w) {
    const __m512i high = _mm512_set1_epi32((int)0xffff0000);
    a = _mm512_fmadd_ps(_mm512_castsi512_ps(_mm512_and_si512(_mm512_castps_si512(x), high)),
                        _mm512_castsi512_ps(_mm512_and_si512(_mm512_castps_si512(w), high)), a);
    return _mm512_fmadd_ps(_mm512_castsi512_ps(_mm512_slli_epi32(_mm512_castps_si512(x), 16)),
                           _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_castps_si512(w), 16)), a);
}
KERNEL_INTRINSIC void kernel_store_bfloat_16(__m512 value, uint16_t *p) {
    const __m512i bits = _mm512_castps_si512(value);
    const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
    const __m512i rounded =
        _mm512_srli_epi32(_mm512_add_epi32(_mm512_add_epi32(bits, _mm512_set1_epi32(0x7fff)), odd), 16);
    const __m512i quiet = _mm512_or_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(0x40));
    const __mmask16 isNaN = _mm512_cmp_ps_mask(value, value, _CMP_UNORD_Q);
    _mm256_storeu_si256((__m256i *)p, _mm512_cvtepi32_epi16(_mm512_mask_blend_epi32(isNaN, rounded, quiet)));
}
#endif
KERNEL_INTRINSIC __m512 kernel_bfloat_16(const uint16_t *p) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)p)), 16));
}
KERNEL_INTRINSIC __m512 kernel_power_of_two_16(__m512 shifted) {
    return _mm512_castsi512_ps(_mm512_add_epi32(_mm512_slli_epi32(_mm512_castps_si512(shifted), 23), _mm512_set1_epi32(0x3f800000)));
}
KERNEL_INTRINSIC __m512 kernel_scale_16(__m512 value, __m512 shifted) {
    return _mm512_castsi512_ps(_mm512_add_epi32(_mm512_slli_epi32(_mm512_castps_si512(shifted), 23), _mm512_castps_si512(value)));
}
KERNEL_INTRINSIC __m512 kernel_after_16(__m512 value, __m512 other) {
    __asm__("" : "+v"(value) : "v"(other));
    return value;
}
/// a + x · w, rounded once: as one operation on the whole vector, which the compiler then cannot regroup by lanes.
KERNEL_INTRINSIC __m512 kernel_multiply_add_16(__m512 a, __m512 x, __m512 w) { return _mm512_fmadd_ps(x, w, a); }
/// a − x · w, rounded once.
KERNEL_INTRINSIC __m512 kernel_multiply_subtract_16(__m512 a, __m512 x, __m512 w) { return _mm512_fnmadd_ps(x, w, a); }
KERNEL_INTRINSIC __m512 kernel_max_16(__m512 bound, __m512 value) { return _mm512_max_ps(bound, value); }
KERNEL_INTRINSIC __m512 kernel_min_16(__m512 bound, __m512 value) { return _mm512_min_ps(bound, value); }
KERNEL_INTRINSIC __m512d kernel_low_16(__m512 value) { return _mm512_cvtps_pd(_mm512_castps512_ps256(value)); }
KERNEL_INTRINSIC __m512d kernel_high_16(__m512 value) { return _mm512_cvtps_pd(_mm512_extractf32x8_ps(value, 1)); }
KERNEL_INTRINSIC float kernel_reduce_max_16(__m512 value) {
    return kernel_reduce_max_8(_mm256_max_ps(_mm512_castps512_ps256(value), _mm512_extractf32x8_ps(value, 1)));
}
KERNEL_INTRINSIC float kernel_reduce_add_16(__m512 value) {
    return kernel_reduce_add_8(_mm256_add_ps(_mm512_castps512_ps256(value), _mm512_extractf32x8_ps(value, 1)));
}
KERNEL_INTRINSIC __m512 kernel_narrow_16(__m512d low, __m512d high) {
    return _mm512_insertf32x8(_mm512_castps256_ps512(_mm512_cvtpd_ps(low)), _mm512_cvtpd_ps(high), 1);
}
KERNEL_INTRINSIC double kernel_reduce_add_double_8(__m512d value) {
    return kernel_reduce_add_double_4(_mm256_add_pd(_mm512_castpd512_pd256(value), _mm512_extractf64x4_pd(value, 1)));
}
#endif
