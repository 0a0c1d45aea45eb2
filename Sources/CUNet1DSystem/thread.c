#include "system_thread.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int system_affinity_get(uint8_t *mask, size_t bytes) {
    // The system call tells how many bytes the kernel's mask has; glibc's wrapper hides it.
    long written = syscall(SYS_sched_getaffinity, 0, bytes, mask);
    if (written < 0) return errno;
    memset(mask + written, 0, bytes - (size_t)written);
    return 0;
}

int system_affinity_set(const uint8_t *mask, size_t bytes) {
    return syscall(SYS_sched_setaffinity, 0, bytes, mask) == 0 ? 0 : errno;
}

int system_current_cpu(uint32_t *cpu, uint32_t *node) {
    unsigned found_cpu = 0, found_node = 0;
    if (getcpu(&found_cpu, &found_node) != 0) return errno;   // mostly no system call: the kernel maps it into the process
    if (cpu) *cpu = found_cpu;
    if (node) *node = found_node;
    return 0;
}

// Source: sched_setattr(2). The C library has neither the calls nor, beside <sched.h>, the struct.
struct sched_attr {
    uint32_t size, sched_policy;
    uint64_t sched_flags;
    int32_t sched_nice;
    uint32_t sched_priority;
    uint64_t sched_runtime, sched_deadline, sched_period;
};

int system_scheduling_get(struct system_scheduling *scheduling) {
    struct sched_attr now = {.size = sizeof now};
    if (syscall(SYS_sched_getattr, 0, &now, sizeof now, 0) != 0) return errno;
    *scheduling = (struct system_scheduling){
        .policy = now.sched_policy,
        .nice = now.sched_nice,
        .priority = now.sched_priority,
        .flags = (uint32_t)now.sched_flags & SYSTEM_SCHEDULING_FLAGS,
        .runtime_ns = now.sched_runtime,
        .deadline_ns = now.sched_deadline,
        .period_ns = now.sched_period,
    };
    return 0;
}

int system_scheduling_set(const struct system_scheduling *scheduling) {
    struct sched_attr wanted = {
        .size = sizeof wanted,
        .sched_policy = scheduling->policy,
        .sched_flags = scheduling->flags,
        .sched_nice = scheduling->nice,
        .sched_priority = scheduling->priority,
        .sched_runtime = scheduling->runtime_ns,
        .sched_deadline = scheduling->deadline_ns,
        .sched_period = scheduling->period_ns,
    };
    return syscall(SYS_sched_setattr, 0, &wanted, 0) == 0 ? 0 : errno;
}

static atomic_uint forks;
static pthread_once_t watching = PTHREAD_ONCE_INIT;

static void count_fork(void) { atomic_fetch_add_explicit(&forks, 1, memory_order_relaxed); }
static void watch_forks(void) { pthread_atfork(NULL, NULL, count_fork); }

uint32_t system_fork_generation(void) {
    pthread_once(&watching, watch_forks);
    return atomic_load_explicit(&forks, memory_order_relaxed);
}

void system_touch_stack(void) {
    volatile char page[SYSTEM_TOUCHED_STACK_BYTES];
    for (size_t i = 0; i < sizeof page; i += 1024) page[i] = 0;
}
