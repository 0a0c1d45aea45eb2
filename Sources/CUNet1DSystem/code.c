#include "system_code.h"

#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/// Reads one byte of each page; for Linux before 5.14, which has no advice for it.
__attribute__((no_sanitize("address"))) static void read_pages(uintptr_t begin, uintptr_t end, uintptr_t page) {
    for (uintptr_t address = begin; address < end; address += page) (void)*(const volatile unsigned char *)address;
}

/// Whether a segment is loaded and holds an address.
static bool holds(const struct dl_phdr_info *object, const ElfW(Phdr) *segment, uintptr_t address) {
    uintptr_t start = (uintptr_t)object->dlpi_addr + segment->p_vaddr;
    return segment->p_type == PT_LOAD && address >= start && address - start < segment->p_filesz;
}

/// Loads the segments of the object that holds this function, and ends the search there. Constants lie in others than code.
static int load_own_segments(struct dl_phdr_info *object, size_t bytes, void *unused) {
    (void)bytes, (void)unused;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    bool is_own = false;
    for (ElfW(Half) index = 0; index < object->dlpi_phnum; index++) {
        is_own = is_own || holds(object, &object->dlpi_phdr[index], (uintptr_t)&load_own_segments);
    }
    if (!is_own) return 0;
    for (ElfW(Half) index = 0; index < object->dlpi_phnum; index++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[index];
        if (segment->p_type != PT_LOAD || (segment->p_flags & PF_R) == 0) continue;
        uintptr_t start = (uintptr_t)object->dlpi_addr + segment->p_vaddr;
        uintptr_t begin = start & ~(page - 1), end = start + segment->p_filesz;
        if (madvise((void *)begin, end - begin, MADV_POPULATE_READ) != 0) read_pages(begin, end, page);
    }
    return 1;
}

void system_load_code(void) { dl_iterate_phdr(load_own_segments, NULL); }
