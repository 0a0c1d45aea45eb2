// Processor features by name, as the kernels need them.
#pragma once

#include <stdint.h>

/// A bit per feature. A vector feature counts only if the operating system saves its registers.
enum processor_feature {
    PROCESSOR_AVX = 1 << 0,
    PROCESSOR_AVX2 = 1 << 1,
    PROCESSOR_FMA = 1 << 2,
    PROCESSOR_F16C = 1 << 3,
    PROCESSOR_BMI1 = 1 << 4,
    PROCESSOR_BMI2 = 1 << 5,
    PROCESSOR_LZCNT = 1 << 6,
    PROCESSOR_MOVBE = 1 << 7,
    PROCESSOR_AVX512F = 1 << 8,
    PROCESSOR_AVX512BW = 1 << 9,
    PROCESSOR_AVX512CD = 1 << 10,
    PROCESSOR_AVX512DQ = 1 << 11,
    PROCESSOR_AVX512VL = 1 << 12,
    PROCESSOR_AVX512BF16 = 1 << 13,
};

/// The bits of this processor; 0 on other architectures than x86-64. Allocates nothing and does not block.
uint32_t processor_features(void);
