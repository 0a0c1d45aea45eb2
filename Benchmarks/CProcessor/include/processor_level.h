// Which level of the x86-64 psABI this processor and its operating system have: 1 to 4.
#pragma once

static inline int processor_level(void) {
    __builtin_cpu_init();
    if (__builtin_cpu_supports("x86-64-v4")) return 4;
    if (__builtin_cpu_supports("x86-64-v3")) return 3;
    return 1;
}
