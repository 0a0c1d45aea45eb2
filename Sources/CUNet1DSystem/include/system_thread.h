// The calling thread: where it may run, where it runs, how it is scheduled; and whether the process has forked.
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

/// The CPU and node on which this thread runs now. Returns 0 or an error number; null pointers are skipped.
int system_current_cpu(uint32_t *cpu, uint32_t *node);

/// SCHED_FLAG_RESET_ON_FORK: threads that this one starts are in no real-time class. Clearing it takes CAP_SYS_NICE.
#define SYSTEM_RESET_ON_FORK 1u

/// SYSTEM_RESET_ON_FORK, and the flags SCHED_FLAG_RECLAIM 2 and SCHED_FLAG_DL_OVERRUN 4 of SCHED_DEADLINE. Bounds of
/// utilisation (SCHED_FLAG_UTIL_CLAMP_…) are left out: the kernel reports their values but not whether somebody
/// requested them, and requested bounds outlast the class.
#define SYSTEM_SCHEDULING_FLAGS 7u

/// How a thread is scheduled, as sched_setattr(2) has it.
struct system_scheduling {
    uint32_t policy;     // SCHED_OTHER 0, SCHED_FIFO 1, SCHED_RR 2, SCHED_BATCH 3, SCHED_IDLE 5, SCHED_DEADLINE 6
    int32_t nice;        // of SCHED_OTHER and SCHED_BATCH, -20 to 19
    uint32_t priority;   // of SCHED_FIFO and SCHED_RR, 1 to 99
    uint32_t flags;      // those of SYSTEM_SCHEDULING_FLAGS
    uint64_t runtime_ns, deadline_ns, period_ns;   // of SCHED_DEADLINE
};

/// How this thread is scheduled. Returns 0 or an error number.
int system_scheduling_get(struct system_scheduling *scheduling);

/// Schedules this thread so. Returns 0 or an error number (EPERM: the process may not).
int system_scheduling_set(const struct system_scheduling *scheduling);

/// From the first call on counts forks: a child's value differs from its parent's. May allocate on the first call;
/// later calls are two loads.
uint32_t system_fork_generation(void);

/// What kernels and the loops around them need of the stack, with room to spare.
#define SYSTEM_TOUCHED_STACK_BYTES 65536

/// Writes to every page of that much stack of this thread, so that computing faults none.
void system_touch_stack(void);
