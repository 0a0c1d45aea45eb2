#include "gate_system.h"

#include <malloc.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

struct gate_faults gate_page_faults(void) {
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0) _exit(2);
    return (struct gate_faults){(uint64_t)usage.ru_minflt, (uint64_t)usage.ru_majflt};
}

char *gate_untouched_page(void) {
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) _exit(2);
    return page;
}

uint64_t gate_heap_bytes(void) {
    struct mallinfo2 heap = mallinfo2();
    return heap.uordblks + heap.hblkhd;
}

uint64_t gate_resident_bytes(void) {
    unsigned long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%*u %llu", &pages) != 1) _exit(2);
    fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}
