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

/// Whether a function of this file is in an object.
static bool is_own(const struct dl_phdr_info *object) {
    for (ElfW(Half) index = 0; index < object->dlpi_phnum; index++) {
        if (holds(object, &object->dlpi_phdr[index], (uintptr_t)&is_own)) return true;
    }
    return false;
}

/// Loads the segments of this object, and ends the search there. Constants lie in others than code.
static int load_own_segments(struct dl_phdr_info *object, size_t bytes, void *unused) {
    (void)bytes, (void)unused;
    if (!is_own(object)) return 0;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
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

/// Goes on from a digest with some bytes: FNV-1a of eight bytes at a time, whose upper half also counts below.
__attribute__((no_sanitize("address"))) static uint64_t digested(uint64_t digest, uintptr_t begin, size_t bytes) {
    for (size_t offset = 0; offset < bytes; offset += sizeof(uint64_t)) {
        uint64_t word = 0;
        size_t count = bytes - offset < sizeof word ? bytes - offset : sizeof word;
        const volatile unsigned char *from = (const volatile unsigned char *)(begin + offset);
        if (count == sizeof word && (begin + offset) % sizeof word == 0) {
            word = *(const volatile uint64_t *)(begin + offset);
        } else {
            for (size_t byte = 0; byte < count; byte++) word |= (uint64_t)from[byte] << (8 * byte);
        }
        digest = (digest ^ word) * 0x100000001b3u;
        digest ^= digest >> 32;
    }
    return digest;
}

/// Digests the segments of this object that the loader does not write to, and ends the search there.
static int digest_own_segments(struct dl_phdr_info *object, size_t bytes, void *digest) {
    (void)bytes;
    if (!is_own(object)) return 0;
    for (ElfW(Half) index = 0; index < object->dlpi_phnum; index++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[index];
        if (segment->p_type != PT_LOAD || (segment->p_flags & (PF_R | PF_W)) != PF_R) continue;
        uintptr_t start = (uintptr_t)object->dlpi_addr + segment->p_vaddr;
        *(uint64_t *)digest = digested(*(uint64_t *)digest, start, segment->p_filesz);
    }
    return 1;
}

uint64_t system_code_digest(void) {
    uint64_t digest = 0xcbf29ce484222325u;
    dl_iterate_phdr(digest_own_segments, &digest);
    return digest;
}
