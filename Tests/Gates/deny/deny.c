// Runs a program under a seccomp filter, as containers have them, that refuses what places threads and memory: binding to
// CPUs, memory policies, moving pages and asking where they are, locking. x86-64.
//
// usage: deny EPERM|ENOSYS PROGRAM ARGUMENT…
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define REFUSE(name, error) \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error))

static int install(unsigned error) {
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        REFUSE(sched_setaffinity, error),
        REFUSE(mbind, error),
        REFUSE(set_mempolicy, error),
        REFUSE(get_mempolicy, error),
        REFUSE(migrate_pages, error),
        REFUSE(move_pages, error),
        REFUSE(mlock, error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof filter[0], filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(int count, char **arguments) {
    int isPermission = count > 2 && strcmp(arguments[1], "EPERM") == 0;
    if (count < 3 || (!isPermission && strcmp(arguments[1], "ENOSYS") != 0)) {
        fprintf(stderr, "usage: deny EPERM|ENOSYS PROGRAM ARGUMENT…\n");
        return 2;
    }
    if (install(isPermission ? EPERM : ENOSYS) != 0) {
        perror("deny: seccomp");
        return 2;
    }
    execv(arguments[2], arguments + 2);
    perror(arguments[2]);
    return 2;
}
