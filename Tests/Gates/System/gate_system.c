#include "gate_system.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define UNLESS_EQUAL(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip)
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, action)

int gate_forbid_system_calls(void) {
    struct sock_filter rules[] = {
        LOAD(arch),
        UNLESS_EQUAL(AUDIT_ARCH_X86_64, 7),
        LOAD(nr),
        UNLESS_EQUAL(SYS_write, 1),
        RETURN(SECCOMP_RET_ALLOW),
        UNLESS_EQUAL(SYS_exit, 1),
        RETURN(SECCOMP_RET_ALLOW),
        UNLESS_EQUAL(SYS_exit_group, 1),
        RETURN(SECCOMP_RET_ALLOW),
        RETURN(SECCOMP_RET_KILL_PROCESS),
    };
    struct sock_fprog program = {sizeof rules / sizeof rules[0], rules};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
    // The threads that exist already are put under it, too; a positive result is one that could not be.
    long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
    return result == 0 ? 0 : result > 0 ? EBUSY : errno;
}

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
