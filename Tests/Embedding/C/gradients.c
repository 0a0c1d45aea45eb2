// Outputs and gradients: an output has the bits of a forward, a gradient is PyTorch's, and is linear in the cotangent. None makes a
// heap call; Tests/Gates/heapcount, which is loaded before the program, counts them. With --plant the program makes one.
// Mistakes are answered by statuses. Writes the gradient.
//
// usage: gradients MODEL REQUEST COTANGENT GRADIENT WORKERS OUTPUT [--plant]
//   COTANGENT, GRADIENT: the floats of a cotangent, and of the gradient that PyTorch gives for it
#include <dlfcn.h>
#include <math.h>

#include "expect.h"
#include "request.h"

enum { CALLS = 100 };

static unet1d_model *model;
static unet1d_pool *pool;
static struct request request;

static void stop(const char *message) {
    fprintf(stderr, "gradients: %s\n", message);
    exit(1);
}

static float *floats(size_t count) {
    float *memory = (float *)calloc(count, sizeof(float));
    if (memory == NULL) exit(2);
    return memory;
}

static float *read_floats(const char *path, size_t count) {
    float *values = floats(count);
    FILE *file = fopen(path, "rb");
    if (file == NULL || fread(values, 4, count, file) != count || fgetc(file) != EOF) stop(path);
    fclose(file);
    return values;
}

/// The example in unet1d.h and in UsingFromC.md; its gradient is that of the sum of all outputs.
static unet1d_gradient *make(unet1d_shape shape, unet1d_timestep timestep) {
    // The example begins.
    unet1d_gradient *session = NULL;
    check(unet1d_gradient_create(model, pool, &shape, 1, NULL, &session));
    unet1d_plan_info plan = UNET1D_PLAN_INFO_INIT;
    check(unet1d_gradient_info(session, &plan));
    float *sample = floats(plan.sample_count), *gradient = floats(plan.sample_count);
    float *output = floats(plan.output_count);
    check(unet1d_gradient_run(
        session, sample, plan.sample_count, &timestep, NULL, 0, output, plan.output_count, gradient, plan.sample_count));
    // The example ends.
    for (size_t i = 0; i < plan.sample_count; i++)
        if (!isfinite(gradient[i])) stop("a gradient that is no number");
    free(sample);
    free(gradient);
    free(output);
    return session;
}

static void mistakes(unet1d_gradient *session, const unet1d_plan_info *plan, float *output, float *gradient) {
    const float *sample = request.sample;
    const unet1d_timestep *timestep = &request.timestep;
    size_t n = plan->sample_count, m = plan->output_count;
    unet1d_status (*run)(
        unet1d_gradient *, const float *, size_t, const unet1d_timestep *, const float *, size_t, float *, size_t,
        float *, size_t) = unet1d_gradient_run;
    EXPECT(UNET1D_INVALID_HANDLE, run(NULL, sample, n, timestep, NULL, 0, output, m, gradient, n));
    EXPECT(UNET1D_INVALID_HANDLE, run((unet1d_gradient *)pool, sample, n, timestep, NULL, 0, output, m, gradient, n));
    EXPECT(UNET1D_INVALID_ARGUMENT, run(session, NULL, n, timestep, NULL, 0, output, m, gradient, n));
    EXPECT(UNET1D_INVALID_ARGUMENT, run(session, sample, n - 1, timestep, NULL, 0, output, m, gradient, n));
    EXPECT(UNET1D_INVALID_ARGUMENT, run(session, sample, n, NULL, NULL, 0, output, m, gradient, n));
    EXPECT(UNET1D_INVALID_ARGUMENT, run(session, sample, n, timestep, NULL, m, output, m, gradient, n));
    EXPECT(UNET1D_INVALID_ARGUMENT, run(session, sample, n, timestep, output, m + 1, output, m, gradient, n));
    EXPECT(UNET1D_INVALID_ARGUMENT, run(session, sample, n, timestep, output, 0, output, m, gradient, n));
    EXPECT(UNET1D_INVALID_ARGUMENT, run(session, sample, n, timestep, NULL, 0, NULL, m, gradient, n));
    EXPECT(UNET1D_INVALID_ARGUMENT, run(session, sample, n, timestep, NULL, 0, output, m, NULL, n));
    EXPECT(UNET1D_INVALID_ARGUMENT, run(session, sample, n, timestep, NULL, 0, output, m, gradient, n + 1));
    float *odd = (float *)((uintptr_t)gradient + 1);
    EXPECT(UNET1D_INVALID_ARGUMENT, run(session, sample, n, timestep, NULL, 0, output, m, odd, n));
    EXPECT(UNET1D_INVALID_ARGUMENT, run(session, sample, n, timestep, odd, m, output, m, gradient, n));

    unet1d_shape none = {0, -5, 1};
    unet1d_gradient *made = NULL;
    unet1d_plan_info info = UNET1D_PLAN_INFO_INIT;
    EXPECT(UNET1D_SHAPE, unet1d_gradient_plan(model, &none, NULL, &info));
    EXPECT(UNET1D_SHAPE, unet1d_gradient_create(model, pool, &none, 1, NULL, &made));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_gradient_create(model, pool, NULL, 1, NULL, &made));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_gradient_create(model, pool, &request.shape, 1, NULL, NULL));
    EXPECT(UNET1D_INVALID_HANDLE, unet1d_gradient_create(NULL, pool, &request.shape, 1, NULL, &made));
    EXPECT(UNET1D_SHAPE, unet1d_gradient_prepare(session, &none));
    EXPECT(UNET1D_SHAPE, unet1d_gradient_select(session, &none));
    EXPECT(UNET1D_INVALID_HANDLE, unet1d_session_free((unet1d_session *)session));
    EXPECT(UNET1D_INVALID_HANDLE, unet1d_gradient_free((unet1d_gradient *)model));
    EXPECT(UNET1D_OK, unet1d_gradient_free(NULL));
    if (made != NULL) stop("a handle after a mistake");

    // An arena of the caller's: too small, then as large as the plan says.
    unet1d_session_options options = UNET1D_SESSION_OPTIONS_INIT;
    options.arena_bytes = (plan->arena_bytes + 63) / 64 * 64;
    options.arena = aligned_alloc(64, options.arena_bytes);
    EXPECT(UNET1D_OK, unet1d_gradient_create(model, pool, &request.shape, 1, &options, &made));
    EXPECT(UNET1D_OK, run(made, sample, n, timestep, NULL, 0, output, m, gradient, n));
    EXPECT(UNET1D_OK, unet1d_gradient_free(made));
    EXPECT(UNET1D_INVALID_HANDLE, unet1d_gradient_free(made));
    options.arena_bytes = 64;
    EXPECT(UNET1D_MEMORY, unet1d_gradient_create(model, pool, &request.shape, 1, &options, &made));
    free(options.arena);
}

int main(int count, char **arguments) {
    if (count != 7 && count != 8) return 2;
    int planted = count == 8 && strcmp(arguments[7], "--plant") == 0;
    uint64_t (*heap_calls)(void) = NULL;
    *(void **)&heap_calls = dlsym(RTLD_DEFAULT, "unet1d_heap_count");
    if (heap_calls == NULL) stop("no counter: load libheapcount.so with LD_PRELOAD");
    request = read_request(arguments[2]);
    unet1d_pool_options pool_options = UNET1D_POOL_OPTIONS_INIT;
    pool_options.workers = (uint32_t)atoi(arguments[5]);
    check(unet1d_model_open(arguments[1], &model));
    check(unet1d_pool_create(&pool_options, &pool));

    unet1d_plan_info plan = UNET1D_PLAN_INFO_INIT, info = UNET1D_PLAN_INFO_INIT;
    check(unet1d_gradient_plan(model, &request.shape, NULL, &plan));
    size_t n = plan.sample_count, m = plan.output_count;
    float *cotangent = read_floats(arguments[3], m), *expected = read_floats(arguments[4], n);
    float *output = floats(m), *gradient = floats(n), *first = floats(n), *ones = floats(m), *plain = floats(m);
    unet1d_gradient *session = make(request.shape, request.timestep);
    check(unet1d_gradient_info(session, &info));
    if (strcmp(info.plan_id, plan.plan_id) != 0 || info.arena_bytes != plan.arena_bytes) stop("another plan");

    check(unet1d_gradient_run(
        session, request.sample, n, &request.timestep, cotangent, m, output, m, gradient, n));
    float largest = 0, difference = 0;
    for (size_t i = 0; i < n; i++) {
        largest = fmaxf(largest, fabsf(expected[i]));
        difference = fmaxf(difference, fabsf(expected[i] - gradient[i]));
    }
    if (!(difference <= 1e-4F * largest)) stop("another gradient than PyTorch's");
    write_floats(arguments[6], gradient, n);

    unet1d_session *forward = NULL;
    check(unet1d_session_create(model, pool, &request.shape, 1, NULL, &forward));
    check(unet1d_forward(forward, request.sample, n, &request.timestep, plain, m));
    if (memcmp(plain, output, 4 * m) != 0) stop("other outputs than a forward's");
    check(unet1d_session_free(forward));

    // Two shapes, by turns.
    unet1d_shape shapes[2] = {request.shape, request.shape};
    shapes[1].batch *= 2;
    if (shapes[1].timesteps > 1) shapes[1].timesteps *= 2;
    check(unet1d_gradient_prepare(session, &shapes[1]));
    float *samples = floats(2 * n), *gradients = floats(2 * n), *outputs = floats(2 * m);
    memcpy(samples, request.sample, 4 * n);
    memcpy(samples + n, request.sample, 4 * n);
    char *timesteps = (char *)malloc(16 * request.timestep.count);
    if (timesteps == NULL) return 2;
    memcpy(timesteps, request.timestep.values, 8 * request.timestep.count);
    memcpy(timesteps + 8 * request.timestep.count, request.timestep.values, 8 * request.timestep.count);
    unet1d_timestep both = {timesteps, (size_t)shapes[1].timesteps, request.timestep.kind, 0};
    for (size_t i = 0; i < m; i++) ones[i] = 1;

    uint64_t before = heap_calls();
    for (int i = 0; i < CALLS; i++) {
        check(unet1d_gradient_select(session, &shapes[1]));
        check(unet1d_gradient_run(session, samples, 2 * n, &both, NULL, 0, outputs, 2 * m, gradients, 2 * n));
        check(unet1d_gradient_select(session, &shapes[0]));
        check(unet1d_gradient_run(session, request.sample, n, &request.timestep, NULL, 0, output, m, gradient, n));
        if (i == 0) memcpy(first, gradient, 4 * n);
        if (memcmp(first, gradient, 4 * n) != 0) stop("other bits later");
        void *volatile memory = planted && i == CALLS / 2 ? malloc(16) : NULL;
        free(memory);
    }
    uint64_t calls = heap_calls() - before;
    check(unet1d_gradient_run(session, request.sample, n, &request.timestep, ones, m, output, m, gradient, n));
    if (memcmp(first, gradient, 4 * n) != 0) stop("no cotangent is something else than ones");
    mistakes(session, &plan, output, gradient);
    check(unet1d_gradient_run(session, request.sample, n, &request.timestep, NULL, 0, output, m, gradient, n));
    if (memcmp(first, gradient, 4 * n) != 0) stop("other bits after mistakes");

    check(unet1d_gradient_free(session));
    check(unet1d_pool_free(pool));
    check(unet1d_model_free(model));
    float *all[] = {cotangent, expected, output, gradient, first, ones, plain, samples, gradients, outputs};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
    free(timesteps);
    free_request(request);
    printf("gradients: %s workers, %d of two shapes, %llu heap calls\n", arguments[5], 2 * CALLS, (unsigned long long)calls);
    return calls == 0 ? 0 : 3;
}
