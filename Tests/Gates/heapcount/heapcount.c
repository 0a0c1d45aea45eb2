// Counts the heap calls of a process, over all its threads, from outside: loaded with LD_PRELOAD, it stands before the C
// library's functions that hand out memory, counts each call, and passes it on.
//
// Calls are passed on to the C library's own second names of these functions (__libc_malloc and so on) or straight to
// the kernel. dlsym would find the first names, but it may allocate, which recurses before the first answer is known.
//
// Not seen: what the C library maps for itself without going through these symbols, such as the stack of a new thread.

#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t count, size_t bytes);
extern void *__libc_realloc(void *memory, size_t bytes);
extern void *__libc_memalign(size_t alignment, size_t bytes);
extern void *__libc_valloc(size_t bytes);
extern void *__libc_pvalloc(size_t bytes);
extern void *__sbrk(intptr_t increment);
extern void *__curbrk;

static _Atomic uint64_t calls;

static void count(void) { atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed); }

/// Calls so far, of all threads. Exact once the threads that allocate have handed over to the reader.
__attribute__((visibility("default"))) uint64_t unet1d_heap_count(void)
{
    return atomic_load_explicit(&calls, memory_order_relaxed);
}

void *malloc(size_t bytes)
{
    count();
    return __libc_malloc(bytes);
}

void *calloc(size_t number, size_t bytes)
{
    count();
    return __libc_calloc(number, bytes);
}

void *realloc(void *memory, size_t bytes)
{
    count();
    return __libc_realloc(memory, bytes);
}

void *reallocarray(void *memory, size_t number, size_t bytes)
{
    size_t product;
    count();
    if (__builtin_mul_overflow(number, bytes, &product)) {
        errno = ENOMEM;
        return NULL;
    }
    return __libc_realloc(memory, product);
}

void *memalign(size_t alignment, size_t bytes)
{
    count();
    return __libc_memalign(alignment, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
    count();
    return __libc_memalign(alignment, bytes);
}

int posix_memalign(void **memory, size_t alignment, size_t bytes)
{
    count();
    if (alignment % sizeof(void *) != 0 || alignment == 0 || (alignment & (alignment - 1)) != 0) return EINVAL;
    void *result = __libc_memalign(alignment, bytes);
    if (result == NULL) return ENOMEM;
    *memory = result;
    return 0;
}

void *valloc(size_t bytes)
{
    count();
    return __libc_valloc(bytes);
}

void *pvalloc(size_t bytes)
{
    count();
    return __libc_pvalloc(bytes);
}

void *mmap(void *address, size_t bytes, int protection, int flags, int file, off_t offset)
{
    count();
    return (void *)syscall(SYS_mmap, address, bytes, protection, flags, file, offset);
}

void *mmap64(void *address, size_t bytes, int protection, int flags, int file, off_t offset)
{
    count();
    return (void *)syscall(SYS_mmap, address, bytes, protection, flags, file, offset);
}

void *mremap(void *old, size_t old_bytes, size_t bytes, int flags, ...)
{
    va_list list;
    va_start(list, flags);
    void *address = (flags & MREMAP_FIXED) != 0 ? va_arg(list, void *) : NULL;
    va_end(list);
    count();
    return (void *)syscall(SYS_mremap, old, old_bytes, bytes, flags, address);
}

void *sbrk(intptr_t increment)
{
    count();
    return __sbrk(increment);
}

int brk(void *end)
{
    count();
    void *now = (void *)syscall(SYS_brk, end);
    __curbrk = now;
    if (now < end) {
        errno = ENOMEM;
        return -1;
    }
    return 0;
}
