// Holds programs that make mistakes to the statuses that these are answered by.
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unet1d.h"

/// Holds a call that is expected to be answered by `status`, with a message.
#define EXPECT(status, call) expect(status, call, #call, __FILE__, __LINE__)

static inline void expect(unet1d_status expected, unet1d_status found, const char *call, const char *file, int line) {
    if (found == expected && (expected == UNET1D_OK || strlen(unet1d_last_error()) > 20)) return;
    fprintf(
        stderr, "%s: line %d: %s: %s instead of %s (%s)\n", file, line, call, unet1d_status_text(found),
        unet1d_status_text(expected), unet1d_last_error());
    exit(1);
}
