// The message of the calling thread. C, as Swift has no thread-local storage that needs no allocation of its own.
#pragma once

#include <stddef.h>

/// Keeps a message; what does not fit is cut off at a whole character. Copies, allocates nothing.
void last_error_set(const char *message);

/// Keeps "NAME: TEXT". Allocates nothing.
void last_error_set_named(const char *name, const char *text);

/// Keeps "NAME: found FOUND, expected EXPECTED: REMEDY". Allocates nothing.
void last_error_set_numbers(const char *name, size_t found, size_t expected, const char *remedy);
