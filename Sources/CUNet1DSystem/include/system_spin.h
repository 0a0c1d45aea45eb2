// What a spinning or computing thread does between two instructions: pause, time-stamp counter, control word.
#pragma once

#include <stdint.h>

/// Tells the processor that this is a spin loop: 40 to 140 cycles in which the other thread of the core runs.
static inline void system_spin_pause(void) { __builtin_ia32_pause(); }

/// The time-stamp counter. Its rate is constant on every processor with AVX2; no system call, never blocks.
static inline uint64_t system_ticks(void) { return __builtin_ia32_rdtsc(); }

/// MXCSR as every thread that computes has it: round to nearest, exceptions masked, and subnormal results and operands
/// zero (FTZ and DAZ).
#define SYSTEM_COMPUTING_CONTROL_WORD 0x9fc0u

/// MXCSR as a process starts with it: round to nearest, exceptions masked, subnormals kept.
#define SYSTEM_DEFAULT_CONTROL_WORD 0x1f80u

/// Makes this thread compute as every other does, whatever rounding and exceptions its owner has chosen.
/// Returns the MXCSR there was, for `system_control_word_restore`.
static inline uint32_t system_control_word_enter(uint32_t control_word) {
    uint32_t before = __builtin_ia32_stmxcsr();
    __builtin_ia32_ldmxcsr(control_word);
    return before;
}

/// Gives this thread back the MXCSR that `system_control_word_enter` found, exception flags included.
static inline void system_control_word_restore(uint32_t before) { __builtin_ia32_ldmxcsr(before); }

/// The MXCSR of this thread.
static inline uint32_t system_control_word(void) { return __builtin_ia32_stmxcsr(); }
