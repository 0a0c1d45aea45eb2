// What the gates ask of the kernel to catch a forward that does what it must not.
#pragma once

#include <stdint.h>

/// The minor and major page faults of the process so far, of all its threads.
struct gate_faults {
    uint64_t minor, major;
};
struct gate_faults gate_page_faults(void);

/// A new page of memory that has not been touched; ends the process with status 2 if there is none.
char *gate_untouched_page(void);

/// Bytes that the C library's allocator has given out and not got back, mappings of its own included.
uint64_t gate_heap_bytes(void);

/// Bytes of the process that are in memory; ends it with status 2 where the system does not tell.
uint64_t gate_resident_bytes(void);
