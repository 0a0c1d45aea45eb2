// Mistakes of a caller: each is answered by a status and a message, and the next forward is right.
//
// Writes a folder misuse-saved-N, with the number of the process.
//
// usage: misuse MODEL REQUEST ISA [FORWARDS]
//   ISA: the number of an instruction set in unet1d.h
//   FORWARDS: the most that each of two threads tries on one session until one is refused, by default 2,000,000; a thousandth of
//             them is tried in any case
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "expect.h"
#include "request.h"

static struct request request;
static unet1d_plan_info plan = UNET1D_PLAN_INFO_INIT;
static float *expected_output;

static void expect_bits(const float *output) {
    if (memcmp(output, expected_output, 4 * plan.output_count) == 0) return;
    fprintf(stderr, "misuse: other bits after a mistake\n");
    exit(1);
}

static unet1d_status forward(unet1d_session *session, float *output) {
    return unet1d_forward(
        session, request.sample, request.sample_count, &request.timestep, output, plan.output_count);
}

static void handles(unet1d_model *model, unet1d_pool *pool, unet1d_session *session, float *output) {
    EXPECT(UNET1D_INVALID_HANDLE, forward(NULL, output));
    EXPECT(UNET1D_INVALID_HANDLE, forward((unet1d_session *)model, output));
    EXPECT(UNET1D_INVALID_HANDLE, forward((unet1d_session *)&request, output));
    EXPECT(UNET1D_INVALID_HANDLE, forward((unet1d_session *)(uintptr_t)-1, output));
    EXPECT(UNET1D_INVALID_HANDLE, unet1d_model_free((unet1d_model *)pool));
    EXPECT(UNET1D_INVALID_HANDLE, unet1d_pool_free((unet1d_pool *)session));
    EXPECT(UNET1D_INVALID_HANDLE, unet1d_session_info(NULL, &plan));
    EXPECT(UNET1D_OK, unet1d_model_free(NULL));
    EXPECT(UNET1D_OK, unet1d_pool_free(NULL));
    EXPECT(UNET1D_OK, unet1d_session_free(NULL));

    // Freed, and freed with its place taken by another.
    unet1d_session *first = NULL, *second = NULL;
    EXPECT(UNET1D_OK, unet1d_session_create(model, pool, &request.shape, 1, NULL, &first));
    EXPECT(UNET1D_OK, unet1d_session_free(first));
    EXPECT(UNET1D_INVALID_HANDLE, forward(first, output));
    EXPECT(UNET1D_INVALID_HANDLE, unet1d_session_free(first));
    EXPECT(UNET1D_OK, unet1d_session_create(model, pool, &request.shape, 1, NULL, &second));
    EXPECT(UNET1D_INVALID_HANDLE, forward(first, output));
    EXPECT(UNET1D_INVALID_HANDLE, unet1d_session_free(first));
    EXPECT(UNET1D_OK, unet1d_session_free(second));
}

static void counts(unet1d_session *session, float *output) {
    const float *sample = request.sample;
    size_t n = request.sample_count;
    unet1d_timestep timestep = request.timestep;
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_forward(session, NULL, n, &timestep, output, plan.output_count));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_forward(session, sample, n, NULL, output, plan.output_count));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_forward(session, sample, n, &timestep, NULL, plan.output_count));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_forward(session, sample, n - 1, &timestep, output, plan.output_count));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_forward(session, sample, n, &timestep, output, plan.output_count + 1));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_forward(session, sample, SIZE_MAX, &timestep, output, plan.output_count));
    const float *odd = (const float *)((uintptr_t)sample + 1);
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_forward(session, odd, n, &timestep, output, plan.output_count));

    timestep.count++;
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_forward(session, sample, n, &timestep, output, plan.output_count));
    timestep = request.timestep;
    timestep.kind = 17;
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_forward(session, sample, n, &timestep, output, plan.output_count));
    timestep = request.timestep;
    timestep.reserved = 1;
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_forward(session, sample, n, &timestep, output, plan.output_count));
    double numbers[] = {(double)NAN, 1e30, -1e300};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers && request.shape.timesteps == 1; i++) {
        unet1d_timestep python = {&numbers[i], 1, UNET1D_TIMESTEP_PYTHON_FLOAT, 0};
        EXPECT(UNET1D_TIMESTEP, unet1d_forward(session, sample, n, &python, output, plan.output_count));
    }
    timestep.kind = UNET1D_TIMESTEP_DOUBLE;
    timestep.values = NULL;
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_forward(session, sample, n, &timestep, output, plan.output_count));
}

static void options(unet1d_model *model, unet1d_pool *pool, float *output) {
    unet1d_session *session = NULL;
    // Of an older header: it had but the first fields. Memory behind them must not be read.
    uint32_t *older = (uint32_t *)calloc(4, 4);
    if (older == NULL) exit(2);
    older[0] = 16;
    EXPECT(UNET1D_OK, unet1d_session_create(model, pool, &request.shape, 1, (unet1d_session_options *)older, &session));
    EXPECT(UNET1D_OK, forward(session, output));
    expect_bits(output);
    EXPECT(UNET1D_OK, unet1d_session_free(session));
    free(older);

    // Of a newer one: what it adds must be zero.
    struct {
        unet1d_session_options known;
        uint64_t added;
    } newer = {UNET1D_SESSION_OPTIONS_INIT, 0};
    newer.known.size = sizeof newer;
    EXPECT(UNET1D_OK, unet1d_session_create(model, pool, &request.shape, 1, &newer.known, &session));
    EXPECT(UNET1D_OK, unet1d_session_free(session));
    session = NULL;
    newer.added = 1;
    EXPECT(UNET1D_INVALID_OPTIONS, unet1d_session_create(model, pool, &request.shape, 1, &newer.known, &session));

    unet1d_session_options wrong = UNET1D_SESSION_OPTIONS_INIT;
    uint32_t sizes[] = {0, 1, 4, 7, 12, 5000, UINT32_MAX};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        wrong.size = sizes[i];
        EXPECT(UNET1D_INVALID_OPTIONS, unet1d_session_create(model, pool, &request.shape, 1, &wrong, &session));
    }
    uint32_t *fields[] = {&wrong.isa, &wrong.accuracy, &wrong.numa, &wrong.flags, &wrong.precision};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        wrong = (unet1d_session_options)UNET1D_SESSION_OPTIONS_INIT;
        *fields[i] = 99;
        EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_session_create(model, pool, &request.shape, 1, &wrong, &session));
    }
    wrong = (unet1d_session_options)UNET1D_SESSION_OPTIONS_INIT;
    wrong.arena = output;
    wrong.arena_bytes = 4;
    EXPECT(UNET1D_MEMORY, unet1d_session_create(model, pool, &request.shape, 1, &wrong, &session));
    if (session != NULL) exit(1);

    // A result for an older header: nothing is written behind its size.
    unet1d_plan_info info;
    memset(&info, 0x5A, sizeof info);
    info.size = 32;
    EXPECT(UNET1D_OK, unet1d_model_plan(model, &request.shape, NULL, &info));
    for (const char *byte = (const char *)&info + 32; byte < (const char *)(&info + 1); byte++)
        if (*byte != 0x5A) exit(1);
    if (info.size != 32 || info.shape.batch != request.shape.batch) exit(1);

    unet1d_pool_options pool_options = UNET1D_POOL_OPTIONS_INIT;
    unet1d_pool *other = NULL;
    pool_options.workers = 100000;
    EXPECT(UNET1D_WORKERS, unet1d_pool_create(&pool_options, &other));
    pool_options.workers = 1;
    pool_options.spin_nanoseconds = -3;
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_pool_create(&pool_options, &other));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_pool_create(NULL, NULL));
}

static void shapes(unet1d_model *model, unet1d_pool *pool, unet1d_session *session) {
    unet1d_shape none = {0, -5, 1}, other = request.shape;
    unet1d_session *made = NULL;
    other.batch *= 2;
    if (other.timesteps > 1) other.timesteps = other.batch;
    EXPECT(UNET1D_SHAPE, unet1d_session_create(model, pool, &none, 1, NULL, &made));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_session_create(model, pool, &none, 0, NULL, &made));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_session_create(model, pool, NULL, 1, NULL, &made));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_session_create(model, pool, &request.shape, 1, NULL, NULL));
    EXPECT(UNET1D_SHAPE, unet1d_session_select(session, &other));
    EXPECT(UNET1D_OK, unet1d_session_prepare(session, &other));
    EXPECT(UNET1D_OK, unet1d_session_select(session, &other));
    unet1d_plan_info info = UNET1D_PLAN_INFO_INIT;
    EXPECT(UNET1D_OK, unet1d_session_info(session, &info));
    if (info.sample_count != 2 * request.sample_count) exit(1);
    EXPECT(UNET1D_OK, unet1d_session_select(session, &request.shape));

    unet1d_placement placement = UNET1D_PLACEMENT_INIT;
    EXPECT(UNET1D_OK, unet1d_session_placement(session, &placement));
    if (placement.workers < 1 || placement.memory_bytes <= 0 || placement.memory_nodes < 1) exit(1);

    unet1d_model *missing = NULL;
    EXPECT(UNET1D_CHECKPOINT, unet1d_model_open("/no/such/folder", &missing));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_model_open(NULL, &missing));
    if (missing != NULL) exit(1);
}

static void files(unet1d_model *model, unet1d_pool *pool, float *output) {
    // A folder of this process: what another left there would be found, too.
    char folder[64];
    snprintf(folder, sizeof folder, "misuse-saved-%d", (int)getpid());
    unet1d_model *again = NULL;
    unet1d_session *session = NULL;
    unet1d_save_options options = UNET1D_SAVE_OPTIONS_INIT;
    unet1d_saved saved = UNET1D_SAVED_INIT;
    options.variant = "v";
    options.max_shard_bytes = 100000;
    EXPECT(UNET1D_OK, unet1d_model_save(model, folder, &options, &saved));
    if (saved.files < 3 || saved.bytes == 0 || saved.overflows != 0) exit(1);
    unet1d_open_options which = UNET1D_OPEN_OPTIONS_INIT;
    EXPECT(UNET1D_CHECKPOINT, unet1d_model_open_as(folder, NULL, &again));
    which.variant = "v";
    EXPECT(UNET1D_OK, unet1d_model_open_as(folder, &which, &again));
    EXPECT(UNET1D_OK, unet1d_session_create(again, pool, &request.shape, 1, NULL, &session));
    EXPECT(UNET1D_OK, forward(session, output));
    expect_bits(output);
    EXPECT(UNET1D_OK, unet1d_session_free(session));
    EXPECT(UNET1D_OK, unet1d_model_free(again));

    EXPECT(UNET1D_OK, unet1d_model_save(model, folder, NULL, NULL));
    EXPECT(UNET1D_INVALID_HANDLE, unet1d_model_save(NULL, folder, NULL, NULL));
    EXPECT(UNET1D_INVALID_HANDLE, unet1d_model_save((unet1d_model *)pool, folder, NULL, NULL));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_model_save(model, NULL, NULL, NULL));
    EXPECT(UNET1D_CHECKPOINT, unet1d_model_save(model, "/proc/unet1d", NULL, NULL));
    options.variant = "a/b";
    EXPECT(UNET1D_CHECKPOINT, unet1d_model_save(model, folder, &options, NULL));
    options.variant = NULL;
    options.dtype = 3;
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_model_save(model, folder, &options, NULL));
    options.size = 5;
    EXPECT(UNET1D_INVALID_OPTIONS, unet1d_model_save(model, folder, &options, NULL));
    saved.size = 0;
    EXPECT(UNET1D_INVALID_OPTIONS, unet1d_model_save(model, folder, NULL, &saved));
    which.variant = NULL;
    which.shared_weights = "misuse-shared/no-such-folder";
    EXPECT(UNET1D_MEMORY, unet1d_model_open_as(folder, &which, &again));
    // A program that was compiled before there was the field.
    which.size -= 8;
    EXPECT(UNET1D_OK, unet1d_model_open_as(folder, &which, &again));
    EXPECT(UNET1D_OK, unet1d_model_free(again));
    which.size += 8;
    which.reserved = 1;
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_model_open_as(folder, &which, &again));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_model_open_as(NULL, NULL, &again));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_model_open_as(folder, NULL, NULL));
}

static void texts(unet1d_pool *pool) {
    unsigned number;
    char end;
    if (sscanf(unet1d_version(), "%u.%u.%u%c", &number, &number, &number, &end) != 3) exit(1);
    for (int status = UNET1D_OK; status <= UNET1D_SCHEDULER + 1; status++) {
        const char *text = unet1d_status_text((unet1d_status)status);
        if (text == NULL || (strcmp(text, "unknown status") == 0) != (status > UNET1D_SCHEDULER)) exit(1);
        for (int other = UNET1D_OK; other < status; other++)
            if (strcmp(text, unet1d_status_text((unet1d_status)other)) == 0) exit(1);
    }

    unet1d_pool_options pool_options = UNET1D_POOL_OPTIONS_INIT;
    unet1d_pool *three = NULL;
    uint32_t workers = 0;
    pool_options.workers = 3;
    EXPECT(UNET1D_OK, unet1d_pool_create(&pool_options, &three));
    EXPECT(UNET1D_OK, unet1d_pool_workers(three, &workers));
    if (workers != 3) exit(1);
    EXPECT(UNET1D_OK, unet1d_pool_free(three));
    EXPECT(UNET1D_INVALID_HANDLE, unet1d_pool_workers(three, &workers));
    EXPECT(UNET1D_INVALID_HANDLE, unet1d_pool_workers(NULL, &workers));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_pool_workers(pool, NULL));
    if (workers != 3) exit(1);
}

static unet1d_session *shared;
static long most_forwards = 2000000;
static atomic_int busy, done, other_status, other_bits;

static void *forwards(void *unused) {
    (void)unused;
    float *output = (float *)malloc(4 * plan.output_count);
    if (output == NULL) exit(2);
    for (long i = 0; i < most_forwards / 1000 || (atomic_load(&busy) == 0 && i < most_forwards); i++) {
        unet1d_status status = forward(shared, output);
        if (status == UNET1D_BUSY) atomic_fetch_add(&busy, 1);
        else if (status != UNET1D_OK) atomic_fetch_add(&other_status, 1);
        else if (memcmp(output, expected_output, 4 * plan.output_count) != 0) atomic_fetch_add(&other_bits, 1);
        else atomic_fetch_add(&done, 1);
    }
    free(output);
    return NULL;
}

/// Two threads on one session: each forward is right or refused.
static void threads(unet1d_session *session) {
    pthread_t other;
    shared = session;
    if (pthread_create(&other, NULL, forwards, NULL) != 0) exit(2);
    forwards(NULL);
    pthread_join(other, NULL);
    if (done == 0 || other_status != 0 || other_bits != 0) {
        fprintf(stderr, "misuse: two threads: %d busy, %d right, %d of another status, %d of other bits\n", (int)busy,
                (int)done, (int)other_status, (int)other_bits);
        exit(1);
    }
    if (busy == 0) {
        fprintf(stderr, "misuse: two threads: none of %d forwards met another's; try more than %ld a thread\n", (int)done,
                most_forwards);
        exit(1);
    }
}

int main(int count, char **arguments) {
    if (count != 4 && count != 5) return 2;
    if (count == 5) most_forwards = atol(arguments[4]);
    request = read_request(arguments[2]);
    unet1d_model *model = NULL;
    unet1d_pool *pool = NULL;
    unet1d_session *session = NULL;
    unet1d_session_options session_options = UNET1D_SESSION_OPTIONS_INIT;
    session_options.isa = (uint32_t)atoi(arguments[3]);
    if (strcmp(unet1d_last_error(), "") != 0) return 1;
    check(unet1d_model_open(arguments[1], &model));
    check(unet1d_pool_create(NULL, &pool));
    check(unet1d_session_create(model, pool, &request.shape, 1, &session_options, &session));
    check(unet1d_session_info(session, &plan));
    float *output = (float *)malloc(4 * plan.output_count);
    expected_output = (float *)malloc(4 * plan.output_count);
    if (output == NULL || expected_output == NULL) return 2;
    check(forward(session, expected_output));

    handles(model, pool, session, output);
    counts(session, output);
    // Options of an older header cannot choose an instruction set, nor do the defaults.
    if (session_options.isa == UNET1D_ISA_AUTO) {
        options(model, pool, output);
        files(model, pool, output);
    }
    shapes(model, pool, session);
    texts(pool);
    threads(session);
    check(forward(session, output));
    expect_bits(output);

    check(unet1d_model_free(model));
    check(unet1d_pool_free(pool));
    check(unet1d_session_free(session));
    EXPECT(UNET1D_INVALID_HANDLE, unet1d_session_create(model, pool, &request.shape, 1, NULL, &session));
    free(output);
    free(expected_output);
    free_request(request);
    printf("misuse: library %s: answered by statuses, and the bits stay\n", unet1d_version());
    return 0;
}
