#include "system_clock.h"

#include <sys/resource.h>
#include <time.h>

uint64_t system_monotonic_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t nanoseconds(struct timeval time) {
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_usec * 1000u;
}

struct system_usage system_process_usage(void) {
    struct system_usage usage = {0};
    struct rusage self;
    if (getrusage(RUSAGE_SELF, &self) != 0) return usage;
    usage.peak_resident_bytes = (uint64_t)self.ru_maxrss * 1024u;   // Linux counts kilobytes
    usage.minor_faults = (uint64_t)self.ru_minflt;
    usage.major_faults = (uint64_t)self.ru_majflt;
    usage.processor_nanoseconds = nanoseconds(self.ru_utime) + nanoseconds(self.ru_stime);
    usage.involuntary_switches = (uint64_t)self.ru_nivcsw;
    return usage;
}
