// Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, chapters 13 to 15, and volume 2, CPUID.
#include "processor.h"

#if defined(__x86_64__)

#include <cpuid.h>

// XCR0: the registers that the operating system saves.
#define XCR0_YMM 0x06u  // SSE and the upper halves of ymm
#define XCR0_ZMM 0xe6u  // these, the mask registers, the upper halves of zmm, zmm16 to zmm31

static uint32_t extended_control_register(void) {
    uint32_t low, high;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

static uint32_t when(uint32_t word, int bit, uint32_t feature) { return word >> bit & 1 ? feature : 0; }

uint32_t processor_features(void) {
    unsigned a, b, c, d;
    uint32_t features = 0, saved = 0;
    if (__get_cpuid(1, &a, &b, &c, &d)) {
        if (c >> 27 & 1) saved = extended_control_register();
        features |= when(c, 22, PROCESSOR_MOVBE);
        if ((saved & XCR0_YMM) == XCR0_YMM) {
            features |= when(c, 28, PROCESSOR_AVX) | when(c, 12, PROCESSOR_FMA) | when(c, 29, PROCESSOR_F16C);
        }
    }
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) {
        features |= when(b, 3, PROCESSOR_BMI1) | when(b, 8, PROCESSOR_BMI2);
        if ((saved & XCR0_YMM) == XCR0_YMM) features |= when(b, 5, PROCESSOR_AVX2);
        if ((saved & XCR0_ZMM) == XCR0_ZMM) {
            features |= when(b, 16, PROCESSOR_AVX512F) | when(b, 17, PROCESSOR_AVX512DQ) |
                        when(b, 28, PROCESSOR_AVX512CD) | when(b, 30, PROCESSOR_AVX512BW) |
                        when(b, 31, PROCESSOR_AVX512VL);
        }
    }
    if ((saved & XCR0_ZMM) == XCR0_ZMM && __get_cpuid_count(7, 1, &a, &b, &c, &d)) {
        features |= when(a, 5, PROCESSOR_AVX512BF16);
    }
    if (__get_cpuid(0x80000001u, &a, &b, &c, &d)) features |= when(c, 5, PROCESSOR_LZCNT);
    return features;
}

#else

uint32_t processor_features(void) { return 0; }

#endif
