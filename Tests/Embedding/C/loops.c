// Denoising loops: one of the reference's, from noise, from a sample, with held values, ended by its observer. None makes a heap call;
// Tests/Gates/heapcount, which is loaded before the program, counts them. With --plant the observer makes one. Writes the sample of
// a loop from drawn noise.
//
// usage: loops FOLDER SCHEDULER NOISE DRAWS FINAL WORKERS OUTPUT [--plant]
//   FOLDER: the model of the reference's loop of 10 steps at a batch of 2 and a length of 512, whose timesteps are 0 to 1
//   SCHEDULER: the configuration of its scheduler, which draws noise
//   NOISE, DRAWS, FINAL: the floats of its start, of its draws and of its end
#include <dlfcn.h>
#include <math.h>
#include <string.h>

#include "request.h"

enum { BATCH = 2, LENGTH = 512, COUNT = BATCH * LENGTH, STEPS = 10, DRAWS = STEPS - 1 };

static uint64_t (*heap_calls)(void);
static uint64_t calls;
static unet1d_sampler *sampler;
static float output[COUNT], noise[COUNT], final[COUNT], draws[DRAWS * COUNT];

static void stop(const char *message) {
    fprintf(stderr, "loops: %s\n", message);
    exit(1);
}

static void read_floats(const char *path, float *values, size_t count) {
    FILE *file = fopen(path, "rb");
    if (file == NULL || fread(values, 4, count, file) != count || fgetc(file) != EOF) stop(path);
    fclose(file);
}

/// Who looks at a loop.
struct viewer {
    size_t steps, end_after;
    float last[COUNT];
    int plants;
};

static int view(void *context, const unet1d_step *step) {
    struct viewer *viewer = (struct viewer *)context;
    if (step->count != COUNT || !isfinite(step->estimate[COUNT - 1])) exit(1);
    memcpy(viewer->last, step->sample, sizeof viewer->last);
    viewer->steps++;
    void *volatile memory = viewer->plants ? malloc(16) : NULL;
    free(memory);
    return viewer->steps == viewer->end_after;
}

/// A loop, whose heap calls are counted.
static void run(const unet1d_loop_options *options) {
    uint64_t before = heap_calls();
    check(unet1d_sampler_run(sampler, options, output, COUNT));
    calls += heap_calls() - before;
}

static struct viewer *run_with_viewer(unet1d_loop_options options, size_t end_after, int plants) {
    static struct viewer viewer;
    viewer.steps = 0;
    viewer.end_after = end_after;
    viewer.plants = plants;
    options.observe = view;
    options.observe_context = &viewer;
    run(&options);
    return &viewer;
}

static int is_same(const float *one, const float *other) { return memcmp(one, other, 4 * COUNT) == 0; }

/// An element of a batch is made again alone, by its seed and its number.
static void rows(unet1d_model *model, unet1d_pool *pool, unet1d_scheduler *scheduler, unet1d_sampler_options options) {
    const uint64_t seeds[BATCH] = {7, 9};
    const unet1d_shape alone = {1, LENGTH, 1};
    unet1d_noise drawn = {sizeof drawn, UNET1D_NOISE_PHILOX, seeds, BATCH, NULL, 0, NULL, 0};
    check(unet1d_sampler_restart(sampler, &drawn));
    run(NULL);
    for (uint32_t row = 0; row < BATCH; row++) {
        unet1d_noise again = {sizeof again, UNET1D_NOISE_PHILOX, &seeds[row], 1, NULL, 0, &row, 1};
        unet1d_sampler *single = NULL;
        float one[LENGTH];
        options.noise = &again;
        check(unet1d_sampler_create(model, pool, &alone, scheduler, STEPS, &options, &single));
        check(unet1d_sampler_run(single, NULL, one, LENGTH));
        check(unet1d_sampler_free(single));
        // The noise has the same bits, and forwards of another batch round elsewhere.
        float worst = 0;
        for (int i = 0; i < LENGTH; i++) worst = fmaxf(worst, fabsf(one[i] - output[row * LENGTH + (uint32_t)i]));
        if (!(worst <= 1e-5F)) stop("another element alone");
    }
}

int main(int count, char **arguments) {
    if (count != 8 && count != 9) return 2;
    int plants = count == 9 && strcmp(arguments[8], "--plant") == 0;
    *(void **)&heap_calls = dlsym(RTLD_DEFAULT, "unet1d_heap_count");
    if (heap_calls == NULL) stop("no counter: load libheapcount.so with LD_PRELOAD");
    read_floats(arguments[3], noise, COUNT);
    read_floats(arguments[4], draws, DRAWS * COUNT);
    read_floats(arguments[5], final, COUNT);

    unet1d_model *model = NULL;
    unet1d_pool *pool = NULL;
    unet1d_scheduler *scheduler = NULL;
    unet1d_pool_options pool_options = UNET1D_POOL_OPTIONS_INIT;
    pool_options.workers = (uint32_t)atoi(arguments[6]);
    check(unet1d_model_open(arguments[1], &model));
    check(unet1d_pool_create(&pool_options, &pool));
    check(unet1d_scheduler_open(arguments[2], NULL, &scheduler));
    unet1d_noise given = UNET1D_NOISE_INIT;
    given.kind = UNET1D_NOISE_GIVEN;
    given.values = draws;
    given.value_count = DRAWS * COUNT;
    unet1d_session_options session = UNET1D_SESSION_OPTIONS_INIT;
    session.accuracy = UNET1D_ACCURACY_STRICT;
    unet1d_sampler_options options = UNET1D_SAMPLER_OPTIONS_INIT;
    options.timestep_scale = 1e-3;
    options.noise = &given;
    options.session = &session;
    unet1d_shape shape = {BATCH, LENGTH, 1};
    check(unet1d_sampler_create(model, pool, &shape, scheduler, STEPS, &options, &sampler));

    unet1d_loop_info info = UNET1D_LOOP_INFO_INIT;
    check(unet1d_sampler_info(sampler, &info));
    if (info.sample_count != COUNT || info.step_count != STEPS || info.draws != DRAWS) stop("another loop");
    if (info.sample_shape[0] != BATCH || info.sample_shape[2] != LENGTH) stop("another shape");
    double timesteps[STEPS];
    check(unet1d_sampler_timesteps(sampler, timesteps, STEPS));
    for (int i = 0; i < STEPS; i++)
        if (timesteps[i] != (STEPS - 1 - i) * 1000.0 / STEPS) stop("another timestep");

    // The reference's loop, twice: given draws are the same in each.
    unet1d_loop_options from_noise = UNET1D_LOOP_OPTIONS_INIT, from_sample = UNET1D_LOOP_OPTIONS_INIT;
    from_noise.noise = noise;
    from_noise.noise_count = COUNT;
    float worst = 0;
    for (int i = 0; i < 2; i++) {
        run(&from_noise);
        for (int j = 0; j < COUNT; j++) worst = fmaxf(worst, fabsf(output[j] - final[j]));
    }
    if (!(worst < 2e-5F)) stop("another sample than the reference's");
    struct viewer *viewer = run_with_viewer(from_noise, 0, plants);
    if (viewer->steps != STEPS || !is_same(viewer->last, output)) stop("another sample was shown");

    // Ended after some steps: what was shown last.
    viewer = run_with_viewer(from_noise, 3, 0);
    if (viewer->steps != 3 || !is_same(viewer->last, output)) stop("a loop that was ended leaves another sample");

    // Drawn noise: other numbers later, and the first ones after a new start; of PyTorch's generators, too.
    uint64_t seeds[BATCH] = {1234, 1235};
    unet1d_noise drawn[2] = {UNET1D_NOISE_INIT, UNET1D_NOISE_INIT};
    drawn[0].seeds = drawn[1].seeds = seeds;
    drawn[0].seed_count = 1;
    drawn[1].seed_count = BATCH;
    drawn[1].kind = UNET1D_NOISE_TORCH;
    float first[COUNT];
    for (int i = 0; i < 2; i++) {
        for (int j = 0; j < 2; j++) {
            check(unet1d_sampler_restart(sampler, &drawn[i]));
            run(NULL);
            if (j == 0) memcpy(first, output, sizeof first);
            if (!is_same(first, output)) stop("other bits after a new start");
        }
        run(NULL);
        if (is_same(first, output)) stop("the same noise twice");
    }
    write_floats(arguments[7], first, COUNT);
    rows(model, pool, scheduler, options);

    // From a sample, as much as the strength says.
    from_sample.sample = final;
    from_sample.sample_count = COUNT;
    viewer = run_with_viewer(from_sample, 0, 0);
    if (viewer->steps != 0 || !is_same(final, output)) stop("a strength of 0 changes the sample");
    from_sample.strength = 0.5;
    viewer = run_with_viewer(from_sample, 0, 0);
    if (viewer->steps != STEPS / 2) stop("a strength of 0.5 runs other steps");

    // Held values, as they are and with noise, where stretches run twice.
    unet1d_range ranges[2] = {{0, 100}, {400, 401}};
    unet1d_held held = UNET1D_HELD_INIT;
    held.values = final;
    held.value_count = COUNT;
    held.positions = ranges;
    held.position_count = 2;
    held.channels = (unet1d_range){0, 1};
    for (uint32_t level = UNET1D_HELD_EXACT; level <= UNET1D_HELD_NOISED; level++) {
        held.level = level;
        held.repetitions = 1 + level;
        held.jump = 2;
        check(unet1d_sampler_hold(sampler, &held));
        viewer = run_with_viewer(from_noise, 0, 0);
        if (viewer->steps != held.repetitions * STEPS) stop("other steps with held values");
        for (int i = 0; i < COUNT; i++) {
            int holds = i % LENGTH < 100 || i % LENGTH == 400;
            if (holds != (output[i] == final[i])) stop("held values change, or others do not");
        }
    }
    check(unet1d_sampler_hold(sampler, NULL));
    check(unet1d_sampler_restart(sampler, &given));
    run(&from_noise);
    for (int j = 0; j < COUNT; j++)
        if (!(fabsf(output[j] - final[j]) < 2e-5F)) stop("values are held after they were given up");

    check(unet1d_sampler_free(sampler));

    // Every second forward short: another sample, near the reference's.
    options.short_levels = 4;
    options.whole_forward_every = 2;
    check(unet1d_sampler_create(model, pool, &shape, scheduler, STEPS, &options, &sampler));
    run(&from_noise);
    float distance = 0;
    for (int j = 0; j < COUNT; j++) distance = fmaxf(distance, fabsf(output[j] - final[j]));
    if (!(distance > 1e-4F && distance < 1)) stop("short forwards change nothing, or too much");

    check(unet1d_sampler_free(sampler));
    check(unet1d_scheduler_free(scheduler));
    check(unet1d_pool_free(pool));
    check(unet1d_model_free(model));
    printf("loops: %s workers, the reference's within %.1e, %llu heap calls\n", arguments[6], (double)worst,
           (unsigned long long)calls);
    return calls == 0 ? 0 : 3;
}
