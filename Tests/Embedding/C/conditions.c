// The observation of a robot policy: forwards give the reference's actions, gradients and forwards the same bits, and mistakes are
// answered by statuses.
//
// usage: conditions MODEL REQUEST GLOBAL LOCAL EXPECTED SCHEDULER
//   MODEL: a robot policy with a global and a local condition; GLOBAL, LOCAL, EXPECTED: files of floats
#include <math.h>
#include <stdint.h>

#include "expect.h"
#include "request.h"

static void stop(const char *what) {
    fprintf(stderr, "conditions: %s\n", what);
    exit(1);
}

static float *read_floats(const char *path, size_t count) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) stop("a file of floats is missing");
    float *values = read_or_stop(file, count * sizeof(float));
    fclose(file);
    return values;
}

int main(int count, char **arguments) {
    if (count != 7) return 2;
    struct request request = read_request(arguments[2]);
    // A policy's sample has the length before the channels.
    request.shape.length = (int64_t)request.sample_count / (request.shape.batch * request.shape.length);
    const unet1d_shape *shape = &request.shape;
    unet1d_model *model = NULL;
    unet1d_pool *pool = NULL;
    unet1d_session *session = NULL;
    unet1d_gradient *gradient = NULL;
    check(unet1d_model_open(arguments[1], &model));
    check(unet1d_pool_create(NULL, &pool));
    check(unet1d_session_create(model, pool, shape, 1, NULL, &session));
    check(unet1d_gradient_create(model, pool, shape, 1, NULL, &gradient));
    unet1d_plan_info plan = UNET1D_PLAN_INFO_INIT;
    check(unet1d_session_info(session, &plan));
    const size_t n = plan.sample_count, g = plan.global_condition_count, l = plan.local_condition_count;
    if (n != request.sample_count || g == 0 || l == 0) stop("other counts");
    float *global = read_floats(arguments[3], g), *local = read_floats(arguments[4], l);
    float *expected = read_floats(arguments[5], n);
    float *output = malloc(3 * n * sizeof(float)), *other = output + n, *slope = other + n;

    // Nothing is computed before there is an observation, and mistakes set none.
    const unet1d_timestep *timestep = &request.timestep;
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_forward(session, request.sample, n, timestep, output, n));
    EXPECT(
        UNET1D_INVALID_ARGUMENT,
        unet1d_gradient_run(gradient, request.sample, n, timestep, NULL, 0, output, n, slope, n));
    EXPECT(UNET1D_INVALID_HANDLE, unet1d_session_set_condition(NULL, global, g, local, l));
    EXPECT(UNET1D_INVALID_HANDLE, unet1d_session_set_condition((unet1d_session *)gradient, global, g, local, l));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_session_set_condition(session, global, g + 1, local, l));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_session_set_condition(session, global, g, NULL, 0));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_session_set_condition(session, NULL, g, local, l));
    float *odd = (float *)((uintptr_t)global + 1);
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_session_set_condition(session, odd, g, local, l));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_gradient_set_condition(gradient, global, g, local, l - 1));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_forward(session, request.sample, n, timestep, output, n));

    EXPECT(UNET1D_OK, unet1d_session_set_condition(session, global, g, local, l));
    EXPECT(UNET1D_OK, unet1d_gradient_set_condition(gradient, global, g, local, l));
    EXPECT(UNET1D_OK, unet1d_forward(session, request.sample, n, timestep, output, n));
    for (size_t i = 0; i < n; i++) {
        if (!(fabsf(output[i] - expected[i]) <= 1e-4F * (1 + fabsf(expected[i])))) stop("other actions than the reference's");
    }
    EXPECT(UNET1D_OK, unet1d_gradient_run(gradient, request.sample, n, timestep, NULL, 0, other, n, slope, n));
    if (memcmp(output, other, n * sizeof(float)) != 0) stop("other bits with a gradient");

    // A session whose weights have 16 bits is close; one without a local condition reads none.
    unet1d_session_options options = UNET1D_SESSION_OPTIONS_INIT;
    unet1d_session *made = NULL;
    options.precision = UNET1D_PRECISION_BF16_WEIGHTS;
    EXPECT(UNET1D_OK, unet1d_session_create(model, pool, shape, 1, &options, &made));
    EXPECT(UNET1D_OK, unet1d_session_set_condition(made, global, g, local, l));
    EXPECT(UNET1D_OK, unet1d_forward(made, request.sample, n, timestep, other, n));
    for (size_t i = 0; i < n; i++) {
        if (!(fabsf(output[i] - other[i]) <= 3e-2F * (1 + fabsf(output[i])))) stop("weights of 16 bits give other actions");
    }
    if (memcmp(output, other, n * sizeof(float)) == 0) stop("weights of 16 bits give the bits of those of 32");
    EXPECT(UNET1D_OK, unet1d_session_free(made));
    options.precision = 4711;
    made = NULL;
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_session_create(model, pool, shape, 1, &options, &made));
    if (made != NULL) stop("a handle after a mistake");
    options.precision = UNET1D_PRECISION_F32;
    options.flags = UNET1D_SESSION_NO_LOCAL_CONDITION;
    EXPECT(UNET1D_OK, unet1d_session_create(model, pool, shape, 1, &options, &made));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_session_set_condition(made, global, g, local, l));
    EXPECT(UNET1D_OK, unet1d_session_set_condition(made, global, g, NULL, 0));
    EXPECT(UNET1D_OK, unet1d_forward(made, request.sample, n, timestep, other, n));
    if (memcmp(output, other, n * sizeof(float)) == 0) stop("a local condition that changes nothing");
    EXPECT(UNET1D_OK, unet1d_session_free(made));

    // Loops, whose shape has one timestep.
    const unet1d_shape loops = {shape->batch, shape->length, 1};
    unet1d_scheduler *scheduler = NULL;
    unet1d_sampler *sampler = NULL;
    check(unet1d_scheduler_open(arguments[6], NULL, &scheduler));
    check(unet1d_sampler_create(model, pool, &loops, scheduler, 3, NULL, &sampler));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_sampler_run(sampler, NULL, output, n));
    EXPECT(UNET1D_INVALID_HANDLE, unet1d_sampler_set_condition((unet1d_sampler *)pool, global, g, local, l));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_sampler_set_condition(sampler, global, g - 1, local, l));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_sampler_run(sampler, NULL, output, n));
    EXPECT(UNET1D_OK, unet1d_sampler_set_condition(sampler, global, g, local, l));
    EXPECT(UNET1D_OK, unet1d_sampler_run(sampler, NULL, output, n));
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(output[i])) stop("a loop that is not finite");
    }

    EXPECT(UNET1D_OK, unet1d_sampler_free(sampler));
    EXPECT(UNET1D_OK, unet1d_scheduler_free(scheduler));
    EXPECT(UNET1D_OK, unet1d_gradient_free(gradient));
    EXPECT(UNET1D_OK, unet1d_session_free(session));
    EXPECT(UNET1D_OK, unet1d_pool_free(pool));
    EXPECT(UNET1D_OK, unet1d_model_free(model));
    free(output);
    puts("conditions: the reference's actions, and every mistake is answered");
    return 0;
}
