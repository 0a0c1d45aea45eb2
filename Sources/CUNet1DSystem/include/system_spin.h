// What a spinning or computing thread does between two instructions: pause, time-stamp counter, flush-to-zero.
#pragma once

#include <stdint.h>

/// Tells the processor that this is a spin loop: 40 to 140 cycles in which the other thread of the core runs.
static inline void system_spin_pause(void) { __builtin_ia32_pause(); }

/// The time-stamp counter. Its rate is constant on every processor with AVX2; no system call, never blocks.
static inline uint64_t system_ticks(void) { return __builtin_ia32_rdtsc(); }

/// Makes subnormal results and operands zero on this thread (FTZ and DAZ of MXCSR).
/// Returns the MXCSR there was, for `system_flush_to_zero_restore`.
static inline uint32_t system_flush_to_zero_enter(void) {
    uint32_t before = __builtin_ia32_stmxcsr();
    __builtin_ia32_ldmxcsr(before | 0x8040u);
    return before;
}

/// Gives this thread back the MXCSR that `system_flush_to_zero_enter` found.
static inline void system_flush_to_zero_restore(uint32_t before) { __builtin_ia32_ldmxcsr(before); }

/// The MXCSR of this thread.
static inline uint32_t system_control_word(void) { return __builtin_ia32_stmxcsr(); }
