// Plans: those of diffusers' ValueGuidedRLPipeline with recorded noise, without a heap call, which Tests/Gates/heapcount counts; and
// mistakes, answered by statuses. With --plant the program makes a heap call. Writes plans and values.
//
// usage: planners PLANNER VALUES SCHEDULER OBSERVATION START NOISE EXPECTED WORTH WORKERS OUTPUT [--plant]
//   PLANNER, VALUES: the models; OBSERVATION, START, NOISE: what the pipeline was given, of 3 plans in 5 steps; EXPECTED, WORTH: its
//   plans and their values, in any order
#include <dlfcn.h>
#include <math.h>

#include "expect.h"
#include "request.h"

enum { BATCH = 3, CHANNELS = 14, LENGTH = 32, ACTIONS = 3, OBSERVATIONS = CHANNELS - ACTIONS, STEPS = 5, RUNS = 4 };
enum { ELEMENTS = CHANNELS * LENGTH, COUNT = BATCH * ELEMENTS };

static unet1d_model *plans_model, *value_model;
static unet1d_pool *pool;
static unet1d_scheduler *scheduler;
static const unet1d_shape shape = {BATCH, LENGTH, 1};
static float observation[OBSERVATIONS], start[COUNT], noise[STEPS * COUNT], expected[COUNT], worth[BATCH];
static float action[ACTIONS], plans[COUNT], values[BATCH];

static void stop(const char *what) {
    fprintf(stderr, "planners: %s\n", what);
    exit(1);
}

static void read_floats(const char *path, float *memory, size_t count) {
    FILE *file = fopen(path, "rb");
    if (file == NULL || fread(memory, 4, count, file) != count || fgetc(file) != EOF) stop(path);
    fclose(file);
}

static unet1d_planner *make(const unet1d_planner_options *options) {
    unet1d_planner *planner = NULL;
    check(unet1d_planner_create(plans_model, value_model, pool, &shape, scheduler, STEPS, ACTIONS, options, &planner));
    return planner;
}

/// Plans from recorded noise, or from drawn.
static void run(unet1d_planner *planner, const float *from) {
    check(unet1d_planner_run(
        planner, observation, OBSERVATIONS, from, from == NULL ? 0 : COUNT, action, ACTIONS, plans, COUNT, values, BATCH));
}

/// The reference's plans, the best first.
static void compare(void) {
    for (int rank = 0; rank < BATCH; rank++) {
        int plan = 0;
        for (int i = 0; i < BATCH; i++) {
            int better = 0;
            for (int j = 0; j < BATCH; j++) better += worth[j] > worth[i];
            if (better == rank) plan = i;
        }
        float largest = 0, difference = 0;
        for (int i = 0; i < ELEMENTS; i++) {
            largest = fmaxf(largest, fabsf(expected[plan * ELEMENTS + i]));
            difference = fmaxf(difference, fabsf(expected[plan * ELEMENTS + i] - plans[rank * ELEMENTS + i]));
        }
        if (!(difference <= 1e-4F * largest) || !(fabsf(worth[plan] - values[rank]) <= 1e-3F))
            stop("other plans than the reference's");
    }
    for (int i = 0; i < ACTIONS; i++)
        if (action[i] != plans[i * LENGTH]) stop("another action than that of the best plan");
}

/// Options that are refused.
static void refuse(unet1d_status status, unet1d_planner_options options) {
    unet1d_planner *made = NULL;
    EXPECT(status, unet1d_planner_create(
        plans_model, value_model, pool, &shape, scheduler, STEPS, ACTIONS, &options, &made));
    if (made != NULL) stop("a handle after a mistake");
}

static void creation(void) {
    unet1d_planner *made = NULL;
    const unet1d_shape none = {BATCH, -LENGTH, 1}, several = {BATCH, LENGTH, BATCH};
    unet1d_status (*create)(
        unet1d_model *, unet1d_model *, unet1d_pool *, const unet1d_shape *, unet1d_scheduler *, size_t, size_t,
        const unet1d_planner_options *, unet1d_planner **) = unet1d_planner_create;
    unet1d_model *plan = plans_model, *value = value_model;
    EXPECT(UNET1D_INVALID_HANDLE, create(NULL, value, pool, &shape, scheduler, STEPS, ACTIONS, NULL, &made));
    EXPECT(UNET1D_INVALID_HANDLE, create(plan, NULL, pool, &shape, scheduler, STEPS, ACTIONS, NULL, &made));
    EXPECT(UNET1D_INVALID_HANDLE, create(plan, value, NULL, &shape, scheduler, STEPS, ACTIONS, NULL, &made));
    EXPECT(UNET1D_INVALID_HANDLE, create(plan, value, pool, &shape, NULL, STEPS, ACTIONS, NULL, &made));
    EXPECT(UNET1D_INVALID_ARGUMENT, create(plan, value, pool, NULL, scheduler, STEPS, ACTIONS, NULL, &made));
    EXPECT(UNET1D_INVALID_ARGUMENT, create(plan, value, pool, &several, scheduler, STEPS, ACTIONS, NULL, &made));
    EXPECT(UNET1D_SHAPE, create(plan, value, pool, &none, scheduler, STEPS, ACTIONS, NULL, &made));
    EXPECT(UNET1D_SCHEDULER, create(plan, value, pool, &shape, scheduler, 0, ACTIONS, NULL, &made));
    EXPECT(UNET1D_INVALID_ARGUMENT, create(plan, value, pool, &shape, scheduler, STEPS, 0, NULL, &made));
    EXPECT(UNET1D_INVALID_ARGUMENT, create(plan, value, pool, &shape, scheduler, STEPS, CHANNELS, NULL, &made));
    EXPECT(UNET1D_INVALID_ARGUMENT, create(plan, value, pool, &shape, scheduler, STEPS, SIZE_MAX, NULL, &made));
    EXPECT(UNET1D_INVALID_ARGUMENT, create(plan, value, pool, &shape, scheduler, STEPS, ACTIONS, NULL, NULL));
    EXPECT(UNET1D_INVALID_ARGUMENT, create(plan, plan, pool, &shape, scheduler, STEPS, ACTIONS, NULL, &made));
    if (made != NULL) stop("a handle after a mistake");

    const unet1d_planner_options right = UNET1D_PLANNER_OPTIONS_INIT;
    unet1d_planner_options options = right;
    options.size = 12;
    refuse(UNET1D_INVALID_OPTIONS, options);
    options = right, options.flags = 4;
    refuse(UNET1D_INVALID_ARGUMENT, options);
    options = right, options.reserved = 1;
    refuse(UNET1D_INVALID_ARGUMENT, options);
    options = right, options.flags = UNET1D_PLANNER_SCALE_ZERO, options.scale = 1;
    refuse(UNET1D_INVALID_ARGUMENT, options);
    options = right, options.scale = (double)NAN;
    refuse(UNET1D_INVALID_ARGUMENT, options);
    options = right, options.least_guided_timestep = (double)NAN;
    refuse(UNET1D_INVALID_ARGUMENT, options);
    float zeros[OBSERVATIONS] = {0};
    options = right, options.observation_deviations = zeros;
    refuse(UNET1D_INVALID_ARGUMENT, options);
    options = right, options.action_means = (const float *)((uintptr_t)zeros + 1);
    refuse(UNET1D_INVALID_ARGUMENT, options);
    unet1d_noise other = UNET1D_NOISE_INIT;
    other.kind = 3;
    options = right, options.noise = &other;
    refuse(UNET1D_INVALID_ARGUMENT, options);
    unet1d_session_options session = UNET1D_SESSION_OPTIONS_INIT;
    session.arena = &made;
    session.arena_bytes = 64;
    options = right, options.session = &session;
    refuse(UNET1D_INVALID_ARGUMENT, options);
}

static void runs(unet1d_planner *planner) {
    unet1d_status (*plan)(
        unet1d_planner *, const float *, size_t, const float *, size_t, float *, size_t, float *, size_t, float *,
        size_t) = unet1d_planner_run;
    const float *o = observation;
    const size_t n = OBSERVATIONS;
    EXPECT(UNET1D_INVALID_HANDLE, plan(NULL, o, n, NULL, 0, action, ACTIONS, NULL, 0, NULL, 0));
    EXPECT(UNET1D_INVALID_HANDLE, plan((unet1d_planner *)pool, o, n, NULL, 0, action, ACTIONS, NULL, 0, NULL, 0));
    EXPECT(UNET1D_INVALID_ARGUMENT, plan(planner, NULL, 0, start, COUNT, action, ACTIONS, NULL, 0, NULL, 0));
    EXPECT(UNET1D_INVALID_ARGUMENT, plan(planner, NULL, n, start, COUNT, action, ACTIONS, NULL, 0, NULL, 0));
    EXPECT(UNET1D_INVALID_ARGUMENT, plan(planner, o, n - 1, start, COUNT, action, ACTIONS, NULL, 0, NULL, 0));
    EXPECT(UNET1D_INVALID_ARGUMENT, plan(planner, o, n, start, COUNT - 1, action, ACTIONS, NULL, 0, NULL, 0));
    EXPECT(UNET1D_INVALID_ARGUMENT, plan(planner, o, n, start, COUNT, action, ACTIONS + 1, NULL, 0, NULL, 0));
    EXPECT(UNET1D_INVALID_ARGUMENT, plan(planner, o, n, start, COUNT, NULL, ACTIONS, NULL, 0, NULL, 0));
    EXPECT(UNET1D_INVALID_ARGUMENT, plan(planner, o, n, start, COUNT, NULL, 0, plans, COUNT + 1, NULL, 0));
    EXPECT(UNET1D_INVALID_ARGUMENT, plan(planner, o, n, start, COUNT, NULL, 0, plans, 0, NULL, 0));
    EXPECT(UNET1D_INVALID_ARGUMENT, plan(planner, o, n, start, COUNT, NULL, 0, NULL, 0, values, SIZE_MAX));
    float *odd = (float *)((uintptr_t)plans + 1);
    EXPECT(UNET1D_INVALID_ARGUMENT, plan(planner, o, n, start, COUNT, NULL, 0, odd, COUNT, NULL, 0));
    // Given numbers are for the steps: a loop cannot begin with them.
    EXPECT(UNET1D_INVALID_ARGUMENT, plan(planner, o, n, NULL, 0, action, ACTIONS, NULL, 0, NULL, 0));
    unet1d_noise few = {sizeof few, UNET1D_NOISE_GIVEN, NULL, 0, noise, 1, NULL, 0};
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_planner_restart(planner, &few));
    EXPECT(UNET1D_INVALID_HANDLE, unet1d_planner_restart(NULL, NULL));
    unet1d_plans_info info = UNET1D_PLANS_INFO_INIT;
    EXPECT(UNET1D_INVALID_HANDLE, unet1d_planner_info(NULL, &info));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_planner_info(planner, NULL));
    info.size = 3;
    EXPECT(UNET1D_INVALID_OPTIONS, unet1d_planner_info(planner, &info));
    EXPECT(UNET1D_INVALID_HANDLE, unet1d_planner_free((unet1d_planner *)scheduler));
    EXPECT(UNET1D_OK, unet1d_planner_free(NULL));
}

/// Scaling, a scale of zero, and drawn noise.
static void variants(void) {
    float means[OBSERVATIONS], deviations[OBSERVATIONS], shifts[ACTIONS] = {1, 2, 3}, factors[ACTIONS] = {2, 2, 2};
    float kept[OBSERVATIONS], first[COUNT];
    for (int i = 0; i < OBSERVATIONS; i++) means[i] = 0.5F, deviations[i] = 2, kept[i] = observation[i];
    unet1d_planner_options options = UNET1D_PLANNER_OPTIONS_INIT;
    unet1d_planner *plain = make(NULL);
    options.observation_means = means;
    options.observation_deviations = deviations;
    options.action_means = shifts;
    options.action_deviations = factors;
    unet1d_planner *scaled = make(&options);
    run(plain, NULL);
    memcpy(first, plans, sizeof first);
    // Halves and doubles are exact, but sums round.
    for (int i = 0; i < OBSERVATIONS; i++) observation[i] = (float)(kept[i] * 2.0 + 0.5);
    run(scaled, NULL);
    memcpy(observation, kept, sizeof kept);
    for (int i = 0; i < COUNT; i++)
        if (!(fabsf(first[i] - plans[i]) <= 1e-4F)) stop("other plans of scaled observations");
    for (int i = 0; i < ACTIONS; i++)
        if (action[i] != (float)(plans[i * LENGTH] * 2.0 + shifts[i])) stop("an action that is not scaled back");

    // The draws go on, and start anew.
    run(plain, NULL);
    if (memcmp(first, plans, sizeof first) == 0) stop("the same noise twice");
    check(unet1d_planner_restart(plain, NULL));
    run(plain, NULL);
    if (memcmp(first, plans, sizeof first) != 0) stop("other bits after a new start");
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.flags = UNET1D_PLANNER_SCALE_ZERO | UNET1D_PLANNER_WITHOUT_VARIANCE;
    unet1d_planner *unmoved = make(&options);
    options.guidance_steps = 1;
    options.least_guided_timestep = -1;
    unet1d_planner *other = make(&options);
    run(unmoved, NULL);
    if (memcmp(first, plans, sizeof first) == 0) stop("a scale of zero moves plans");
    memcpy(first, plans, sizeof first);
    run(other, NULL);
    if (memcmp(first, plans, sizeof first) != 0) stop("other plans that are not moved");
    unet1d_planner *all[] = {plain, scaled, unmoved, other};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) check(unet1d_planner_free(all[i]));
    EXPECT(UNET1D_INVALID_HANDLE, unet1d_planner_free(plain));
}

/// That of UsingFromC.md.
static int example(unet1d_model *plans, unet1d_model *values) {
    // example begins
    unet1d_planner *planner = NULL;
    unet1d_shape shape = {.batch = 64, .length = 32, .timesteps = 1};
    check(unet1d_planner_create(plans, values, pool, &shape, scheduler, 20, 3, NULL, &planner));
    unet1d_plans_info info = UNET1D_PLANS_INFO_INIT;
    check(unet1d_planner_info(planner, &info));
    float *observation = calloc(info.observation_count, sizeof(float)), action[3];
    if (observation == NULL) return 2;
    check(unet1d_planner_run(
        planner, observation, info.observation_count, NULL, 0, action, 3, NULL, 0, NULL, 0));
    // example ends
    int is_finite = isfinite(action[0]) && isfinite(action[1]) && isfinite(action[2]);
    check(unet1d_planner_free(planner));
    free(observation);
    return is_finite ? 0 : 1;
}

int main(int count, char **arguments) {
    if (count != 11 && count != 12) return 2;
    int planted = count == 12 && strcmp(arguments[11], "--plant") == 0;
    uint64_t (*heap_calls)(void) = NULL;
    *(void **)&heap_calls = dlsym(RTLD_DEFAULT, "unet1d_heap_count");
    if (heap_calls == NULL) stop("no counter: load libheapcount.so with LD_PRELOAD");
    read_floats(arguments[4], observation, OBSERVATIONS);
    read_floats(arguments[5], start, COUNT);
    read_floats(arguments[6], noise, STEPS * COUNT);
    read_floats(arguments[7], expected, COUNT);
    read_floats(arguments[8], worth, BATCH);
    unet1d_pool_options pool_options = UNET1D_POOL_OPTIONS_INIT;
    pool_options.workers = (uint32_t)atoi(arguments[9]);
    check(unet1d_model_open(arguments[1], &plans_model));
    check(unet1d_model_open(arguments[2], &value_model));
    check(unet1d_pool_create(&pool_options, &pool));
    check(unet1d_scheduler_open(arguments[3], NULL, &scheduler));

    unet1d_noise given = {sizeof given, UNET1D_NOISE_GIVEN, NULL, 0, noise, STEPS * COUNT, NULL, 0};
    unet1d_planner_options options = UNET1D_PLANNER_OPTIONS_INIT;
    options.noise = &given;
    unet1d_planner *planner = make(&options);
    unet1d_plans_info info = UNET1D_PLANS_INFO_INIT;
    check(unet1d_planner_info(planner, &info));
    if (info.sample_shape[0] != BATCH || info.sample_shape[1] != CHANNELS || info.sample_shape[2] != LENGTH)
        stop("another shape");
    if (info.sample_count != COUNT || info.observation_count != OBSERVATIONS || info.action_count != ACTIONS)
        stop("other counts");
    if (info.step_count != STEPS || info.draws > STEPS) stop("another loop");

    run(planner, start);
    compare();
    float first[COUNT];
    memcpy(first, plans, sizeof first);
    write_floats(arguments[10], plans, COUNT);
    uint64_t before = heap_calls();
    for (int i = 0; i < RUNS; i++) {
        run(planner, start);
        if (memcmp(first, plans, sizeof first) != 0) stop("other bits later");
        void *volatile memory = planted && i == RUNS / 2 ? malloc(16) : NULL;
        free(memory);
    }
    uint64_t calls = heap_calls() - before;

    creation();
    runs(planner);
    // Any of the results, and plans in the memory of the noise.
    memcpy(plans, start, sizeof start);
    check(unet1d_planner_run(planner, observation, OBSERVATIONS, plans, COUNT, NULL, 0, plans, COUNT, NULL, 0));
    if (memcmp(first, plans, sizeof first) != 0) stop("other bits after mistakes");
    float alone[ACTIONS];
    check(unet1d_planner_run(planner, observation, OBSERVATIONS, start, COUNT, alone, ACTIONS, NULL, 0, NULL, 0));
    if (memcmp(alone, action, sizeof alone) != 0) stop("another action alone");
    variants();
    if (example(plans_model, value_model) != 0) stop("an action that is no number");

    check(unet1d_scheduler_free(scheduler));
    check(unet1d_pool_free(pool));
    check(unet1d_model_free(plans_model));
    check(unet1d_model_free(value_model));
    run(planner, start);
    check(unet1d_planner_free(planner));
    printf("planners: %s workers, %d times, %llu heap calls\n", arguments[9], RUNS, (unsigned long long)calls);
    return calls == 0 ? 0 : 3;
}
