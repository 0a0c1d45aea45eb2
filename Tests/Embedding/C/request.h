// A forward in a file that C reads without a parser, as Tests/Embedding/raw makes it of a safetensors file.
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "unet1d.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The head of the file. Behind it lie the timesteps, 8 bytes each, and the sample.
struct request_head {
    int64_t batch, channels, length, timesteps, kind;
};

/// A forward, in memory that lives as long as the program.
struct request {
    unet1d_shape shape;
    unet1d_timestep timestep;
    const float *sample;
    size_t sample_count;
};

static inline void check(unet1d_status status) {
    if (status == UNET1D_OK) return;
    fprintf(stderr, "error: %s: %s\n", unet1d_status_text(status), unet1d_last_error());
    exit(2);
}

static inline void *read_or_stop(FILE *file, size_t bytes) {
    void *memory = malloc(bytes);
    if (memory == NULL || fread(memory, 1, bytes, file) != bytes) {
        fprintf(stderr, "error: the request is too short\n");
        exit(2);
    }
    return memory;
}

static inline struct request read_request(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fprintf(stderr, "error: %s cannot be read\n", path);
        exit(2);
    }
    struct request_head *head = (struct request_head *)read_or_stop(file, sizeof(struct request_head));
    size_t timesteps = (size_t)head->timesteps;
    size_t sample_count = (size_t)(head->batch * head->channels * head->length);
    struct request request = {
        {head->batch, head->length, head->timesteps},
        {read_or_stop(file, 8 * timesteps), timesteps, (uint32_t)head->kind, 0},
        (const float *)read_or_stop(file, 4 * sample_count),
        sample_count};
    fclose(file);
    free(head);
    return request;
}

static inline void free_request(struct request request) {
    free((void *)request.timestep.values);
    free((void *)request.sample);
}

static inline void write_floats(const char *path, const float *values, size_t count) {
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(values, 4, count, file) != count || fclose(file) != 0) {
        fprintf(stderr, "error: %s cannot be written\n", path);
        exit(2);
    }
}

#ifdef __cplusplus
}
#endif
