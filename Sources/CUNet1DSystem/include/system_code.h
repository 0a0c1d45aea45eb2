// The machine code of the program or library that this is linked into, and its constants.
#pragma once

#include <stdint.h>

/// Maps every page of them that is not mapped yet, from the disk if it must, so that running it faults no more. Code
/// of other libraries is left alone. 5 MB in the page cache take a fraction of a millisecond.
void system_load_code(void);

/// A number of them, which differs from that of any other build. Reads all of them: some milliseconds.
uint64_t system_code_digest(void);
