#include <stdio.h>
#include <string.h>

#include "last_error.h"
#include "unet1d.h"

static _Thread_local char last_error[2048];

void last_error_set(const char *message) {
    size_t length = strlen(message);
    if (length >= sizeof last_error) {
        length = sizeof last_error - 1;
        // Bytes 10xxxxxx continue a character.
        while (length > 0 && ((unsigned char)message[length] & 0xC0) == 0x80) length--;
    }
    memcpy(last_error, message, length);
    last_error[length] = 0;
}

void last_error_set_named(const char *name, const char *text) {
    snprintf(last_error, sizeof last_error, "%s: %s", name, text);
}

void last_error_set_numbers(const char *name, size_t found, size_t expected, const char *remedy) {
    snprintf(last_error, sizeof last_error, "%s: found %zu, expected %zu: %s", name, found, expected, remedy);
}

const char *unet1d_last_error(void) { return last_error; }

const char *unet1d_version(void) { return "0.1.0"; }

const char *unet1d_status_text(unet1d_status status) {
    switch (status) {
    case UNET1D_OK: return "ok";
    case UNET1D_INVALID_ARGUMENT: return "invalid argument";
    case UNET1D_INVALID_HANDLE: return "invalid handle";
    case UNET1D_INVALID_OPTIONS: return "invalid options";
    case UNET1D_CHECKPOINT: return "the model cannot be loaded";
    case UNET1D_SHAPE: return "a shape that cannot be run";
    case UNET1D_TIMESTEP: return "a timestep that stands for no number";
    case UNET1D_ISA: return "an instruction set that this machine lacks";
    case UNET1D_MEMORY: return "memory that could not be had";
    case UNET1D_WORKERS: return "workers that could not be started";
    case UNET1D_BUSY: return "another call uses the session or the sampler";
    case UNET1D_SCHEDULER: return "the scheduler cannot be used";
    }
    return "unknown status";
}
