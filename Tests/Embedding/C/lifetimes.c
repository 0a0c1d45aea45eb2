// Makes and frees a model and a session so many times; the heap must not grow. With --leak it forgets to free every
// hundredth session: the heap grows, and LeakSanitizer reports it.
//
// usage: lifetimes MODEL REQUEST ISA TIMES [--leak]
#include <malloc.h>
#include <string.h>

#include "request.h"

int main(int count, char **arguments) {
    if (count != 5 && count != 6) return 2;
    struct request request = read_request(arguments[2]);
    long times = atol(arguments[4]);
    int leaks = count == 6 && strcmp(arguments[5], "--leak") == 0;
    unet1d_session_options options = UNET1D_SESSION_OPTIONS_INIT;
    options.isa = (uint32_t)atoi(arguments[3]);
    unet1d_pool_options pool_options = UNET1D_POOL_OPTIONS_INIT;
    unet1d_pool *pool = NULL;
    check(unet1d_pool_create(&pool_options, &pool));

    // What the runtime keeps for good is there after some rounds.
    long warm = times / 10 + 10;
    size_t before = 0;
    for (long i = 0; i < times + warm; i++) {
        if (i == warm) before = mallinfo2().uordblks;
        unet1d_model *model = NULL;
        unet1d_session *session = NULL;
        check(unet1d_model_open(arguments[1], &model));
        check(unet1d_session_create(model, pool, &request.shape, 1, &options, &session));
        check(unet1d_model_free(model));
        if (!leaks || i % 100 != 99) check(unet1d_session_free(session));
    }
    size_t after = mallinfo2().uordblks;
    check(unet1d_pool_free(pool));
    free_request(request);
    printf("lifetimes: %ld, heap %zu bytes before, %zu after\n", times, before, after);
    // What glibc keeps of freed blocks counts as used. Under sanitizers both are zero.
    if (after > before + 65536) {
        fprintf(stderr, "lifetimes: the heap has grown by %zu bytes\n", after - before);
        return 1;
    }
    return 0;
}
