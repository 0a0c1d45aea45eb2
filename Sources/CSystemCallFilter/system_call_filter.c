#include "system_call_filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define UNLESS_EQUAL(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip)
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, action)

// Calls nothing but write and exit_group: it runs on the thread that made the call.
static void tell(int signal, siginfo_t *info, void *context) {
    (void)signal;
    (void)context;
    char line[] = "system_call=     \n";
    int number = info->si_syscall;
    for (char *digit = line + 16; digit > line + 11; digit--) {
        *digit = (char)('0' + number % 10);
        number /= 10;
    }
    (void)!write(STDOUT_FILENO, line, sizeof line - 1);
    _exit(SYSTEM_CALL_FILTER_STATUS);
}

int system_call_filter_begin(void) {
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
        RETURN(SECCOMP_RET_TRAP),
    };
    struct sock_fprog program = {sizeof rules / sizeof rules[0], rules};
    struct sigaction action = {.sa_sigaction = tell, .sa_flags = SA_SIGINFO};
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGSYS, &action, NULL) != 0) return errno;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
    // The threads that exist already are put under it, too; a positive result is one that could not be.
    long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
    return result == 0 ? 0 : result > 0 ? EBUSY : errno;
}
