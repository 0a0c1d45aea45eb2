// Time and what the process has used.
#pragma once

#include <stdint.h>

/// Nanoseconds of CLOCK_MONOTONIC.
uint64_t system_monotonic_nanoseconds(void);

/// What getrusage(RUSAGE_SELF) tells of the whole process.
struct system_usage {
    uint64_t peak_resident_bytes;
    uint64_t minor_faults;        // pages that needed no disk
    uint64_t major_faults;        // pages that did
    uint64_t processor_nanoseconds;   // user and system, all threads
    uint64_t involuntary_switches;    // how often a thread lost its processor though it could have gone on
};

/// The values so far; all zero if the kernel refuses.
struct system_usage system_process_usage(void);
