// Mistakes of a caller of samplers: each is answered by a status and a message, and the next loop is right.
//
// usage: misuse_loops FOLDER
//   FOLDER: a pipeline whose model runs at a length of 96
#include <math.h>

#include "expect.h"

enum { COUNT = 96, STEPS = 4 };

static unet1d_model *model;
static unet1d_pool *pool;
static unet1d_scheduler *scheduler;
static const unet1d_shape shape = {1, COUNT, 1};
static const float values[COUNT] = {0.5F};

static void stop(const char *what) {
    fprintf(stderr, "misuse_loops: %s\n", what);
    exit(1);
}

/// The last message has this in it.
static void expect_message(const char *part) {
    if (strstr(unet1d_last_error(), part) == NULL) stop(unet1d_last_error());
}

static unet1d_status create(size_t steps, const unet1d_sampler_options *options, unet1d_sampler **sampler) {
    return unet1d_sampler_create(model, pool, &shape, scheduler, steps, options, sampler);
}

static void schedulers(const char *folder) {
    unet1d_scheduler *made = NULL;
    EXPECT(UNET1D_SCHEDULER, unet1d_scheduler_open(NULL, "ddim", &made));
    expect_message("IPNDMScheduler, DDIMScheduler");
    EXPECT(UNET1D_SCHEDULER, unet1d_scheduler_open(folder, "ddim", &made));
    expect_message("IPNDMScheduler, DDIMScheduler");
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_scheduler_open(NULL, NULL, &made));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_scheduler_open(NULL, "DDIMScheduler", NULL));
    EXPECT(UNET1D_SCHEDULER, unet1d_scheduler_open("/no/such/scheduler_config.json", NULL, &made));
    EXPECT(UNET1D_CHECKPOINT, unet1d_scheduler_open("/no/such/folder", NULL, &made));
    if (made != NULL) stop("a handle after a mistake");
    EXPECT(UNET1D_OK, unet1d_scheduler_open(folder, "DDIMScheduler", &made));
    EXPECT(UNET1D_INVALID_HANDLE, unet1d_scheduler_free((unet1d_scheduler *)pool));
    EXPECT(UNET1D_OK, unet1d_scheduler_free(made));
    EXPECT(UNET1D_INVALID_HANDLE, unet1d_scheduler_free(made));
    EXPECT(UNET1D_OK, unet1d_scheduler_free(NULL));
}

static void creation(void) {
    unet1d_sampler *made = NULL;
    EXPECT(UNET1D_INVALID_HANDLE, unet1d_sampler_create(NULL, pool, &shape, scheduler, STEPS, NULL, &made));
    EXPECT(UNET1D_INVALID_HANDLE, unet1d_sampler_create(model, NULL, &shape, scheduler, STEPS, NULL, &made));
    EXPECT(UNET1D_INVALID_HANDLE, unet1d_sampler_create(model, pool, &shape, NULL, STEPS, NULL, &made));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_sampler_create(model, pool, NULL, scheduler, STEPS, NULL, &made));
    unet1d_shape other = {1, -96, 1};
    EXPECT(UNET1D_SHAPE, unet1d_sampler_create(model, pool, &other, scheduler, STEPS, NULL, &made));
    EXPECT(UNET1D_INVALID_ARGUMENT, create(STEPS, NULL, NULL));
    EXPECT(UNET1D_SCHEDULER, create(0, NULL, &made));
    EXPECT(UNET1D_SCHEDULER, create(SIZE_MAX, NULL, &made));

    unet1d_sampler_options options = UNET1D_SAMPLER_OPTIONS_INIT;
    options.timestep_scale = (double)NAN;
    EXPECT(UNET1D_INVALID_ARGUMENT, create(STEPS, &options, &made));
    options.timestep_scale = (double)INFINITY;
    EXPECT(UNET1D_INVALID_ARGUMENT, create(STEPS, &options, &made));
    options.timestep_scale = 0;
    options.precision = 2;
    EXPECT(UNET1D_INVALID_ARGUMENT, create(STEPS, &options, &made));
    options.precision = 0;
    options.size = 12;
    EXPECT(UNET1D_INVALID_OPTIONS, create(STEPS, &options, &made));
    options.size = sizeof options;
    unet1d_session_options session = UNET1D_SESSION_OPTIONS_INIT;
    session.accuracy = 9;
    options.session = &session;
    EXPECT(UNET1D_INVALID_ARGUMENT, create(STEPS, &options, &made));
    options.session = NULL;
    options.whole_forward_every = 2;
    EXPECT(UNET1D_INVALID_ARGUMENT, create(STEPS, &options, &made));
    options.short_levels = UINT32_MAX;
    EXPECT(UNET1D_SHAPE, create(STEPS, &options, &made));
    if (made != NULL) stop("a handle after a mistake");
}

/// Noise that is refused, by making a sampler and by starting its draws anew.
static void refuse(unet1d_sampler *sampler, unet1d_noise noise, unet1d_status status) {
    unet1d_sampler_options options = UNET1D_SAMPLER_OPTIONS_INIT;
    unet1d_sampler *made = NULL;
    options.noise = &noise;
    EXPECT(status, create(STEPS, &options, &made));
    EXPECT(status, unet1d_sampler_restart(sampler, &noise));
    if (made != NULL) stop("a handle after a mistake");
}

static void noises(unet1d_sampler *sampler) {
    const uint64_t seeds[2] = {1, 2};
    const unet1d_noise none = UNET1D_NOISE_INIT;
    unet1d_noise noise = none;
    noise.kind = 3;
    refuse(sampler, noise, UNET1D_INVALID_ARGUMENT);
    noise = none, noise.size = 4;
    refuse(sampler, noise, UNET1D_INVALID_OPTIONS);
    noise = none, noise.seed_count = 1;
    refuse(sampler, noise, UNET1D_INVALID_ARGUMENT);
    noise = none, noise.seeds = seeds, noise.seed_count = 2;
    refuse(sampler, noise, UNET1D_INVALID_ARGUMENT);
    noise.kind = UNET1D_NOISE_TORCH;
    refuse(sampler, noise, UNET1D_INVALID_ARGUMENT);
    const uint32_t rows[2] = {0, 1};
    noise = none, noise.row_count = 1;
    refuse(sampler, noise, UNET1D_INVALID_ARGUMENT);
    noise.rows = rows, noise.row_count = 0;
    refuse(sampler, noise, UNET1D_INVALID_ARGUMENT);
    noise.row_count = 2;
    refuse(sampler, noise, UNET1D_INVALID_ARGUMENT);
    noise.row_count = 1, noise.kind = UNET1D_NOISE_TORCH;
    refuse(sampler, noise, UNET1D_INVALID_ARGUMENT);
    expect_message("noise.rows");
    noise = none, noise.seeds = seeds, noise.seed_count = 2;
    noise.kind = UNET1D_NOISE_GIVEN;
    refuse(sampler, noise, UNET1D_INVALID_ARGUMENT);
    noise = none, noise.values = values, noise.value_count = COUNT;
    refuse(sampler, noise, UNET1D_INVALID_ARGUMENT);
    noise.kind = UNET1D_NOISE_GIVEN, noise.value_count = SIZE_MAX;
    refuse(sampler, noise, UNET1D_INVALID_ARGUMENT);
    noise.values = (const float *)((uintptr_t)values + 1), noise.value_count = COUNT - 1;
    refuse(sampler, noise, UNET1D_INVALID_ARGUMENT);

    // Given numbers are for the steps: a loop cannot begin with them.
    float output[COUNT];
    noise.values = values, noise.value_count = COUNT;
    EXPECT(UNET1D_OK, unet1d_sampler_restart(sampler, &noise));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_sampler_run(sampler, NULL, output, COUNT));
    expect_message("options.noise");
    EXPECT(UNET1D_OK, unet1d_sampler_restart(sampler, NULL));
}

static void holds(unet1d_sampler *sampler) {
    const unet1d_range range = {0, 8}, backwards = {8, 0}, beyond = {0, COUNT + 1}, below = {-1, 3};
    const unet1d_range huge = {INT64_MIN, INT64_MAX};
    const unet1d_held right = {sizeof right, 0, values, COUNT, &range, 1, {0, 0}, 0, 0};
    const unet1d_range *wrong[] = {&backwards, &beyond, &below, &huge, NULL};
    unet1d_held held = right;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        held.positions = wrong[i];
        EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_sampler_hold(sampler, &held));
    }
    held = right, held.channels = (unet1d_range){0, 2};
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_sampler_hold(sampler, &held));
    held = right, held.value_count = COUNT - 1;
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_sampler_hold(sampler, &held));
    held = right, held.values = NULL;
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_sampler_hold(sampler, &held));
    held = right, held.position_count = 0;
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_sampler_hold(sampler, &held));
    held = right, held.level = 2;
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_sampler_hold(sampler, &held));
    held = right, held.size = 0;
    EXPECT(UNET1D_INVALID_OPTIONS, unet1d_sampler_hold(sampler, &held));
    EXPECT(UNET1D_INVALID_HANDLE, unet1d_sampler_hold(NULL, &right));
}

static void runs(unet1d_sampler *sampler, float *output) {
    unet1d_loop_options options = UNET1D_LOOP_OPTIONS_INIT;
    EXPECT(UNET1D_INVALID_HANDLE, unet1d_sampler_run(NULL, NULL, output, COUNT));
    EXPECT(UNET1D_INVALID_HANDLE, unet1d_sampler_run((unet1d_sampler *)scheduler, NULL, output, COUNT));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_sampler_run(sampler, NULL, NULL, COUNT));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_sampler_run(sampler, NULL, NULL, 0));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_sampler_run(sampler, NULL, output, COUNT - 1));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_sampler_run(sampler, NULL, output, SIZE_MAX));
    float *odd = (float *)((uintptr_t)output + 1);
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_sampler_run(sampler, NULL, odd, COUNT));
    options.noise = values, options.noise_count = COUNT + 1;
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_sampler_run(sampler, &options, output, COUNT));
    options.noise = NULL, options.noise_count = COUNT;
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_sampler_run(sampler, &options, output, COUNT));
    options.noise_count = 0, options.strength = 0.5;
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_sampler_run(sampler, &options, output, COUNT));
    options.sample = values, options.sample_count = COUNT;
    const double strengths[] = {(double)NAN, -0.01, 1.01, (double)INFINITY};
    for (size_t i = 0; i < sizeof strengths / sizeof *strengths; i++) {
        options.strength = strengths[i];
        EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_sampler_run(sampler, &options, output, COUNT));
        expect_message("options.strength");
    }
    options.strength = 0.5, options.sample_count = COUNT - 1;
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_sampler_run(sampler, &options, output, COUNT));
    options.sample_count = COUNT, options.reserved = 1;
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_sampler_run(sampler, &options, output, COUNT));
    options.reserved = 0, options.size = 7;
    EXPECT(UNET1D_INVALID_OPTIONS, unet1d_sampler_run(sampler, &options, output, COUNT));
}

static void queries(unet1d_sampler *sampler) {
    unet1d_loop_info info = UNET1D_LOOP_INFO_INIT;
    double timesteps[STEPS];
    EXPECT(UNET1D_INVALID_HANDLE, unet1d_sampler_info(NULL, &info));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_sampler_info(sampler, NULL));
    info.size = 3;
    EXPECT(UNET1D_INVALID_OPTIONS, unet1d_sampler_info(sampler, &info));
    EXPECT(UNET1D_INVALID_HANDLE, unet1d_sampler_timesteps(NULL, timesteps, STEPS));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_sampler_timesteps(sampler, NULL, STEPS));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_sampler_timesteps(sampler, timesteps, STEPS + 1));
}

/// Calls the sampler whose loop it looks at.
static int meddle(void *context, const unet1d_step *step) {
    unet1d_sampler *sampler = (unet1d_sampler *)context;
    float output[COUNT];
    if (step->count != COUNT) stop("another count");
    EXPECT(UNET1D_BUSY, unet1d_sampler_run(sampler, NULL, output, COUNT));
    EXPECT(UNET1D_BUSY, unet1d_sampler_hold(sampler, NULL));
    EXPECT(UNET1D_BUSY, unet1d_sampler_free(sampler));
    return 0;
}

int main(int count, char **arguments) {
    if (count != 2) return 2;
    unet1d_sampler *sampler = NULL;
    EXPECT(UNET1D_OK, unet1d_model_open(arguments[1], &model));
    EXPECT(UNET1D_OK, unet1d_pool_create(NULL, &pool));
    EXPECT(UNET1D_OK, unet1d_scheduler_open(arguments[1], NULL, &scheduler));
    EXPECT(UNET1D_OK, create(STEPS, NULL, &sampler));
    float expected[COUNT], output[COUNT];
    EXPECT(UNET1D_OK, unet1d_sampler_run(sampler, NULL, expected, COUNT));

    schedulers(arguments[1]);
    creation();
    noises(sampler);
    holds(sampler);
    runs(sampler, output);
    queries(sampler);
    unet1d_loop_options options = UNET1D_LOOP_OPTIONS_INIT;
    options.observe = meddle;
    options.observe_context = sampler;
    EXPECT(UNET1D_OK, unet1d_sampler_restart(sampler, NULL));
    EXPECT(UNET1D_OK, unet1d_sampler_run(sampler, &options, output, COUNT));
    if (memcmp(output, expected, sizeof output) != 0) stop("other bits after mistakes");

    EXPECT(UNET1D_INVALID_HANDLE, unet1d_sampler_free((unet1d_sampler *)scheduler));
    EXPECT(UNET1D_OK, unet1d_scheduler_free(scheduler));
    EXPECT(UNET1D_OK, unet1d_pool_free(pool));
    EXPECT(UNET1D_OK, unet1d_model_free(model));
    EXPECT(UNET1D_OK, unet1d_sampler_run(sampler, NULL, output, COUNT));
    EXPECT(UNET1D_OK, unet1d_sampler_free(sampler));
    EXPECT(UNET1D_OK, unet1d_sampler_free(NULL));
    EXPECT(UNET1D_INVALID_HANDLE, unet1d_sampler_free(sampler));
    EXPECT(UNET1D_INVALID_HANDLE, unet1d_sampler_run(sampler, NULL, output, COUNT));
    printf("misuse_loops: answered by statuses, and the bits stay\n");
    return 0;
}
