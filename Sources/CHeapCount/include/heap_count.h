// Counts the calls that take memory from the C library's heap, in whatever program this is linked into.
#pragma once

#include <stdbool.h>
#include <stdint.h>

/// Whether calls are counted. They are not in builds with a sanitizer, which has a heap of its own.
bool heap_calls_are_counted(void);

/// Calls so far, of all threads and libraries of the process; 0 where they are not counted. Exact once the threads that
/// allocate have handed over to the reader. Allocates nothing and does not block.
uint64_t heap_calls(void);
