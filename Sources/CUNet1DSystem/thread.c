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

int32_t system_thread_id(void) { return (int32_t)syscall(SYS_gettid); }

int system_current_cpu(uint32_t *cpu, uint32_t *node) {
    unsigned found_cpu = 0, found_node = 0;
    if (syscall(SYS_getcpu, &found_cpu, &found_node, NULL) != 0) return errno;
    if (cpu) *cpu = found_cpu;
    if (node) *node = found_node;
    return 0;
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
