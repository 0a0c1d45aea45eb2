// The C library's functions that hand out memory, defined once more: the program's definitions come before the C library's
// for the program and for every library that it loads. Each counts the call and passes it on to the C library's second name
// of the function (__libc_malloc and so on), so memory is freed as ever. dlsym would find the first name, but it may
// allocate, which recurses before the first answer is known.
//
// The loader calls malloc before any constructor has run: nothing here needs one. A forked child goes on counting.

#define _GNU_SOURCE
#include "heap_count.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(hwaddress_sanitizer) || __has_feature(memory_sanitizer) \
    || __has_feature(thread_sanitizer) || __has_feature(realtime_sanitizer)
#define HEAP_OF_A_SANITIZER
#endif
#endif

#ifdef HEAP_OF_A_SANITIZER
bool heap_calls_are_counted(void) { return false; }
uint64_t heap_calls(void) { return 0; }
#else

// Source: glibc, malloc/Versions, GLIBC_2.2.5.
extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t count, size_t bytes);
extern void *__libc_realloc(void *memory, size_t bytes);
extern void *__libc_memalign(size_t alignment, size_t bytes);
extern void *__libc_valloc(size_t bytes);
extern void *__libc_pvalloc(size_t bytes);

// Threads count in different places, each in a cache line of its own, so that they seldom wait for one another: stacks tell them
// apart, without memory of a thread's own, which may have to be allocated.
enum { PLACES = 16 };
static struct {
    _Alignas(64) _Atomic uint64_t value;
} calls[PLACES];

static void count(void) {
    uintptr_t stack = (uintptr_t)__builtin_frame_address(0);
    atomic_fetch_add_explicit(&calls[(stack >> 19) % PLACES].value, 1, memory_order_relaxed);
}

bool heap_calls_are_counted(void) { return true; }

uint64_t heap_calls(void) {
    uint64_t sum = 0;
    for (int place = 0; place < PLACES; place++) sum += atomic_load_explicit(&calls[place].value, memory_order_relaxed);
    return sum;
}

void *malloc(size_t bytes) {
    count();
    return __libc_malloc(bytes);
}

void *calloc(size_t number, size_t bytes) {
    count();
    return __libc_calloc(number, bytes);
}

void *realloc(void *memory, size_t bytes) {
    count();
    return __libc_realloc(memory, bytes);
}

void *reallocarray(void *memory, size_t number, size_t bytes) {
    size_t product;
    count();
    if (__builtin_mul_overflow(number, bytes, &product)) {
        errno = ENOMEM;
        return NULL;
    }
    return __libc_realloc(memory, product);
}

static bool is_power_of_two(size_t number) { return number != 0 && (number & (number - 1)) == 0; }

void *memalign(size_t alignment, size_t bytes) {
    count();
    return __libc_memalign(alignment, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes) {
    count();
    if (!is_power_of_two(alignment)) {
        errno = EINVAL;
        return NULL;
    }
    return __libc_memalign(alignment, bytes);
}

int posix_memalign(void **memory, size_t alignment, size_t bytes) {
    count();
    if (alignment % sizeof(void *) != 0 || !is_power_of_two(alignment)) return EINVAL;
    // The result alone tells of a failure, errno stays.
    int before = errno;
    void *result = __libc_memalign(alignment, bytes);
    errno = before;
    if (result == NULL) return ENOMEM;
    *memory = result;
    return 0;
}

void *valloc(size_t bytes) {
    count();
    return __libc_valloc(bytes);
}

void *pvalloc(size_t bytes) {
    count();
    return __libc_pvalloc(bytes);
}
#endif
