// The same forward again and again, called from C: what calls from Python are measured beside.
#include <stddef.h>
#include <stdint.h>
#include <time.h>

typedef int forward(void *, const float *, size_t, const void *, float *, size_t);

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

// Nanoseconds of `count` calls one after another; −1 where one of them fails.
int64_t unet1d_calls(
    forward *call, void *session, const float *sample, size_t samples, const void *timestep, float *output, size_t outputs,
    int count) {
    int64_t start = now();
    for (int i = 0; i < count; i++) {
        if (call(session, sample, samples, timestep, output, outputs) != 0) return -1;
    }
    return now() - start;
}
