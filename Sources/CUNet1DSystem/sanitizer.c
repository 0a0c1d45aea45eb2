#include "system_sanitizer.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define UNET1D_THREAD_SANITIZER
#endif
#endif

#ifdef UNET1D_THREAD_SANITIZER
// Source: compiler-rt, tsan_interface.h.
void __tsan_acquire(void *address);
void __tsan_release(void *address);

void system_sanitizer_acquired(const void *lock) { __tsan_acquire((void *)lock); }
void system_sanitizer_releases(const void *lock) { __tsan_release((void *)lock); }
#else
void system_sanitizer_acquired(const void *lock) { (void)lock; }
void system_sanitizer_releases(const void *lock) { (void)lock; }
#endif
