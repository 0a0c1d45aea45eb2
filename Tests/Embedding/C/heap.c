// Forwards, selects between two shapes and the count of workers make no heap call, from the first on, and the bits are those of a session for each shape
// alone. The calls are counted by Tests/Gates/heapcount, which is loaded before the program; with --plant it makes one itself.
//
// usage: heap MODEL REQUEST WORKERS [--plant]
#include <dlfcn.h>
#include <string.h>

#include "request.h"

enum { FORWARDS = 100 };

/// A forward of one shape.
struct forward {
    struct request request;
    float *output, *first_output;
    size_t output_count;
};

static void stop(const char *message) {
    fprintf(stderr, "heap: %s\n", message);
    exit(1);
}

/// The request with its batch so many times; the copies differ.
static struct forward times(struct request request, unet1d_model *model, size_t copies) {
    if (request.shape.timesteps != 1) stop("a request with one timestep is wanted");
    float *sample = (float *)malloc(4 * copies * request.sample_count);
    if (sample == NULL) exit(2);
    for (size_t i = 0; i < copies * request.sample_count; i++)
        sample[i] = request.sample[i % request.sample_count] / (float)(1 + i / request.sample_count);
    request.shape.batch *= (int64_t)copies;
    request.sample = sample;
    request.sample_count *= copies;
    unet1d_plan_info plan = UNET1D_PLAN_INFO_INIT;
    check(unet1d_model_plan(model, &request.shape, NULL, &plan));
    size_t bytes = 4 * plan.output_count;
    return (struct forward){request, (float *)malloc(bytes), (float *)malloc(bytes), plan.output_count};
}

static void run(unet1d_session *session, const struct forward *forward) {
    const struct request *request = &forward->request;
    check(unet1d_forward(
        session, request->sample, request->sample_count, &request->timestep, forward->output, forward->output_count));
}

int main(int count, char **arguments) {
    if (count != 4 && count != 5) return 2;
    int planted = count == 5 && strcmp(arguments[4], "--plant") == 0;
    uint64_t (*heap_calls)(void) = NULL;
    *(void **)&heap_calls = dlsym(RTLD_DEFAULT, "unet1d_heap_count");
    if (heap_calls == NULL) stop("no counter: load libheapcount.so with LD_PRELOAD");

    struct request request = read_request(arguments[2]);
    unet1d_model *model = NULL;
    unet1d_pool *pool = NULL;
    unet1d_session *session = NULL;
    unet1d_pool_options options = UNET1D_POOL_OPTIONS_INIT;
    options.workers = (uint32_t)atoi(arguments[3]);
    check(unet1d_model_open(arguments[1], &model));
    check(unet1d_pool_create(&options, &pool));
    struct forward forwards[2] = {times(request, model, 1), times(request, model, 3)};
    unet1d_shape shapes[2] = {forwards[0].request.shape, forwards[1].request.shape};
    check(unet1d_session_create(model, pool, shapes, 2, NULL, &session));

    // The first shape is selected; the first forward comes before any select.
    uint64_t before = heap_calls();
    for (int i = 0; i < 2 * FORWARDS; i++) {
        struct forward *forward = &forwards[i % 2];
        if (i > 0) check(unet1d_session_select(session, &shapes[i % 2]));
        run(session, forward);
        if (i < 2) memcpy(forward->first_output, forward->output, 4 * forward->output_count);
        if (memcmp(forward->first_output, forward->output, 4 * forward->output_count) != 0) stop("other bits later");
        void *volatile memory = planted && i == FORWARDS ? malloc(16) : NULL;
        free(memory);
    }
    uint32_t workers = 0;
    check(unet1d_pool_workers(pool, &workers));
    uint64_t calls = heap_calls() - before;
    if (workers != options.workers) stop("another number of workers");
    check(unet1d_session_free(session));

    for (int i = 0; i < 2; i++) {
        check(unet1d_session_create(model, pool, &shapes[i], 1, NULL, &session));
        run(session, &forwards[i]);
        if (memcmp(forwards[i].first_output, forwards[i].output, 4 * forwards[i].output_count) != 0)
            stop("other bits than from a session for the shape alone");
        check(unet1d_session_free(session));
    }
    check(unet1d_pool_free(pool));
    check(unet1d_model_free(model));
    printf("heap: %s workers, %d forwards of two shapes, %llu heap calls\n", arguments[3], 2 * FORWARDS,
           (unsigned long long)calls);
    return calls == 0 ? 0 : 3;
}
