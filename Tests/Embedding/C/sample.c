// The example of a loop in unet1d.h and in UsingFromC.md: what stands between the two lines that say so.
//
// usage: sample FOLDER
#include <stdio.h>
#include <stdlib.h>

#include "unet1d.h"

static void check(unet1d_status status) {
    if (status == UNET1D_OK) return;
    fprintf(stderr, "error: %s: %s\n", unet1d_status_text(status), unet1d_last_error());
    exit(2);
}

int main(int count, char **arguments) {
    if (count != 2) return 2;
    const char *folder = arguments[1];
    unet1d_model *model = NULL;
    unet1d_pool *pool = NULL;
    unet1d_shape shape = {.batch = 1, .length = 512, .timesteps = 1};
    check(unet1d_model_open(folder, &model));
    check(unet1d_pool_create(NULL, &pool));

    // The example begins.
    unet1d_scheduler *scheduler = NULL;
    unet1d_sampler *sampler = NULL;
    check(unet1d_scheduler_open(folder, NULL, &scheduler));
    check(unet1d_sampler_create(model, pool, &shape, scheduler, 50, NULL, &sampler));
    unet1d_loop_info info = UNET1D_LOOP_INFO_INIT;
    check(unet1d_sampler_info(sampler, &info));
    float *signal = calloc(info.sample_count, sizeof(float));
    if (signal == NULL) return 2;
    check(unet1d_sampler_run(sampler, NULL, signal, info.sample_count));
    // The example ends.
    printf("first value: %g\n", (double)signal[0]);

    check(unet1d_sampler_free(sampler));
    check(unet1d_scheduler_free(scheduler));
    check(unet1d_pool_free(pool));
    check(unet1d_model_free(model));
    free(signal);
    return 0;
}
