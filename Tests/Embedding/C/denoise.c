#include <stdio.h>
#include <stdlib.h>

#include "unet1d.h"

static void check(unet1d_status status) {
    if (status == UNET1D_OK) return;
    fprintf(stderr, "error: %s: %s\n", unet1d_status_text(status), unet1d_last_error());
    exit(2);
}

int main(int count, char **arguments) {
    // A checkpoint as diffusers saved it, or a pipeline folder with unet/ in it.
    unet1d_model *model = NULL;
    check(unet1d_model_open(count > 1 ? arguments[1] : ".", &model));

    // What a forward needs is known before anything is allocated.
    unet1d_shape shape = {.batch = 1, .length = 512, .timesteps = 1};
    unet1d_plan_info plan = UNET1D_PLAN_INFO_INIT;
    check(unet1d_model_plan(model, &shape, NULL, &plan));
    printf("arena: %zu bytes, weights: %zu bytes, plan %s\n", plan.arena_bytes, plan.weight_bytes, plan.plan_id);

    // Threads and memory are made here; sessions may share a pool.
    unet1d_pool *pool = NULL;
    unet1d_session *session = NULL;
    check(unet1d_pool_create(NULL, &pool));
    check(unet1d_session_create(model, pool, &shape, 1, NULL, &session));

    float *sample = calloc(plan.sample_count, sizeof(float)), *output = calloc(plan.output_count, sizeof(float));
    if (sample == NULL || output == NULL) return 2;
    // Nothing in this loop allocates or locks.
    for (int step = 1; step <= 4; step++) {
        float time = 1 - (float)step / 4;
        unet1d_timestep timestep = {.values = &time, .count = 1, .kind = UNET1D_TIMESTEP_FLOAT};
        check(unet1d_forward(session, sample, plan.sample_count, &timestep, output, plan.output_count));
    }
    printf("first value: %g\n", (double)output[0]);

    check(unet1d_session_free(session));
    check(unet1d_pool_free(pool));
    check(unet1d_model_free(model));
    free(sample);
    free(output);
    return 0;
}
