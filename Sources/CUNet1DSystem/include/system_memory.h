// Anonymous private mappings. Every function returns 0 or an error number; none prints.
#pragma once

#include <stddef.h>

/// Bytes of a page.
size_t system_page_bytes(void);

/// Maps `bytes` (a multiple of the page size) of zeros, readable and writable; *base is set on success only.
int system_map(size_t bytes, void **base);

/// Gives a mapping back.
int system_unmap(void *base, size_t bytes);

/// Asks for transparent huge pages in [base, base + bytes). EINVAL where the kernel has none.
int system_advise_huge_pages(void *base, size_t bytes);

/// Asks that small pages in [base, base + bytes) stay small; huge ones that are there already stay, too. EINVAL where
/// the kernel has no transparent huge pages.
int system_keep_page_sizes(void *base, size_t bytes);

/// Keeps [base, base + bytes) in memory, faulting all of it in. ENOMEM or EPERM beyond RLIMIT_MEMLOCK.
int system_lock(void *base, size_t bytes);

/// Makes every access to the pages of [base, base + bytes) a fault.
int system_guard(void *base, size_t bytes);
