#include "system_memory.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

size_t system_page_bytes(void) { return (size_t)sysconf(_SC_PAGESIZE); }

int system_map(size_t bytes, void **base) {
    void *mapped = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) return errno;
    *base = mapped;
    return 0;
}

int system_unmap(void *base, size_t bytes) { return munmap(base, bytes) == 0 ? 0 : errno; }

int system_advise_huge_pages(void *base, size_t bytes) { return madvise(base, bytes, MADV_HUGEPAGE) == 0 ? 0 : errno; }

// The advice concerns page faults to come and khugepaged: what is mapped huge is not split.
int system_keep_page_sizes(void *base, size_t bytes) { return madvise(base, bytes, MADV_NOHUGEPAGE) == 0 ? 0 : errno; }

int system_lock(void *base, size_t bytes) { return mlock(base, bytes) == 0 ? 0 : errno; }

int system_guard(void *base, size_t bytes) { return mprotect(base, bytes, PROT_NONE) == 0 ? 0 : errno; }
