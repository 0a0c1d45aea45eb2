// Sleeping on a 32-bit word of this process (private futex).
#pragma once

#include <stdint.h>

/// Sleeps while *word == expected, until a wake, a signal or `timeout_ns` nanoseconds (UINT64_MAX: no limit).
/// Returns 0 after a wake, else the error number: EAGAIN (the word had changed), EINTR, ETIMEDOUT. A wake may be
/// spurious: look at the word again.
int system_futex_wait(const volatile void *word, uint32_t expected, uint64_t timeout_ns);

/// Wakes at most `count` threads that sleep on `word` (INT32_MAX: all). Returns how many.
int system_futex_wake(const volatile void *word, int count);
