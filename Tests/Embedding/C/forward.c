// One forward of a request, in an arena of the program's own; writes the output's floats.
//
// usage: forward MODEL REQUEST OUTPUT WORKERS
#include "request.h"

int main(int count, char **arguments) {
    if (count != 5) return 2;
    unet1d_model *model = NULL;
    unet1d_pool *pool = NULL;
    unet1d_session *session = NULL;
    check(unet1d_model_open(arguments[1], &model));
    struct request request = read_request(arguments[2]);

    unet1d_pool_options pool_options = UNET1D_POOL_OPTIONS_INIT;
    pool_options.workers = (uint32_t)atoi(arguments[4]);
    check(unet1d_pool_create(&pool_options, &pool));

    unet1d_plan_info plan = UNET1D_PLAN_INFO_INIT;
    check(unet1d_model_plan(model, &request.shape, NULL, &plan));
    unet1d_session_options options = UNET1D_SESSION_OPTIONS_INIT;
    options.arena_bytes = (plan.arena_bytes + 63) / 64 * 64;
    options.arena = aligned_alloc(64, options.arena_bytes);
    check(unet1d_session_create(model, pool, &request.shape, 1, &options, &session));

    // Sessions keep what they need.
    check(unet1d_model_free(model));
    check(unet1d_pool_free(pool));

    float *output = (float *)malloc(4 * plan.output_count);
    if (output == NULL) return 2;
    check(unet1d_forward(session, request.sample, request.sample_count, &request.timestep, output, plan.output_count));
    write_floats(arguments[3], output, plan.output_count);

    check(unet1d_session_free(session));
    free(options.arena);
    free(output);
    free_request(request);
    return 0;
}
