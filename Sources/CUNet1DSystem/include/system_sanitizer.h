// What ThreadSanitizer cannot see by itself; nothing in other builds.
#ifndef UNET1D_SYSTEM_SANITIZER_H
#define UNET1D_SYSTEM_SANITIZER_H

// The calling thread has acquired a lock, is about to release it. The standard library's Mutex does both where ThreadSanitizer
// does not look as soon as threads wait for it: in its own library, and in the kernel.
void system_sanitizer_acquired(const void *lock);
void system_sanitizer_releases(const void *lock);

#endif
