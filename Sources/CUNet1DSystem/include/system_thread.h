// The calling thread: where it may run, where it runs, what it is called; and whether the process has forked.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Bytes that hold the affinity mask of any kernel (8192 CPUs).
#define SYSTEM_AFFINITY_BYTES 1024

/// The CPUs this thread may run on: bit c % 8 of mask[c / 8] is CPU c; bytes beyond the kernel's mask become zero.
/// Returns 0 or an error number (EINVAL: `bytes` is too few or not a multiple of 8).
int system_affinity_get(uint8_t *mask, size_t bytes);

/// Restricts this thread to the CPUs of `mask`. Returns 0 or an error number (EINVAL: none of them may be used).
int system_affinity_set(const uint8_t *mask, size_t bytes);

/// The kernel's id of this thread.
int32_t system_thread_id(void);

/// The CPU and node on which this thread runs now. Returns 0 or an error number; null pointers are skipped.
int system_current_cpu(uint32_t *cpu, uint32_t *node);

/// From the first call on counts forks: a child's value differs from its parent's. May allocate on the first call;
/// later calls are two loads.
uint32_t system_fork_generation(void);

/// What kernels and the loops around them need of the stack, with room to spare.
#define SYSTEM_TOUCHED_STACK_BYTES 65536

/// Writes to every page of that much stack of this thread, so that computing faults none.
void system_touch_stack(void);
