#include "system_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>

int system_map_file(int file, size_t bytes, bool is_writable, void **base) {
    int protection = is_writable ? PROT_READ | PROT_WRITE : PROT_READ;
    int flags = is_writable ? MAP_SHARED : MAP_SHARED | MAP_POPULATE;
    void *mapped = mmap(NULL, bytes, protection, flags, file, 0);
    if (mapped == MAP_FAILED) return errno;
    *base = mapped;
    return 0;
}

int system_reserve(int file, size_t bytes) {
    int refusal;
    do refusal = posix_fallocate(file, 0, (off_t)bytes);
    while (refusal == EINTR);
    return refusal;
}

int system_lock_file(int file, bool is_exclusive, bool waits) {
    int operation = (is_exclusive ? LOCK_EX : LOCK_SH) | (waits ? 0 : LOCK_NB);
    while (flock(file, operation) != 0) {
        if (errno != EINTR) return errno;
    }
    return 0;
}
