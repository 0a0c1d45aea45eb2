// Files that processes share. Every function returns 0 or an error number; none prints.
#pragma once

#include <stdbool.h>
#include <stddef.h>

/// Maps the first `bytes` (a multiple of the page size) of a file, shared with every process that maps it: for writing,
/// or else for reading, with all of its pages in memory. *base is set on success only.
int system_map_file(int file, size_t bytes, bool is_writable, void **base);

/// Gives the first `bytes` of a file room, so that writing to a mapping of them cannot fail. ENOSPC where there is none.
int system_reserve(int file, size_t bytes);

/// Takes a lock of an open file or folder (flock), in place of the one that it has: one holder alone, or any number of them.
/// Waits for it, or answers EWOULDBLOCK. It is given back when the last copy of the descriptor is closed.
int system_lock_file(int file, bool is_exclusive, bool waits);
