// Makes and frees a model, a pool and a session so many times, and every tenth time a session of gradients; neither the heap nor the list of mappings, where stacks of threads are,
// must grow. With --leak it forgets to free every twentieth session: the heap grows, and LeakSanitizer reports it. With --map it leaves
// 4 MiB mapped in every tenth round. Both are beyond the limits in 1000 rounds.
//
// usage: lifetimes MODEL REQUEST ISA TIMES [--leak|--map]
#include <malloc.h>
#include <string.h>
#include <sys/mman.h>

#include "request.h"

/// What may be there in the end that was not at first. Each thread of Dispatch keeps up to 1024 blocks of 96 bytes for the next, and
/// what glibc keeps of freed ones counts as used; a thread that is there, or has just left, has a stack of 8 MiB and an arena of
/// malloc: four mappings.
enum { allowed_threads = 6, allowed_heap = 512 << 10, mappings_of_a_thread = 4, bytes_of_a_thread = 9 << 20 };

/// The mappings of this process: how many, and the bytes that can be read. Arenas of malloc reserve others.
struct mappings {
    long count;
    size_t bytes;
};

static struct mappings mappings(void) {
    FILE *file = fopen("/proc/self/maps", "r");
    if (file == NULL) exit(2);
    struct mappings found = {0, 0};
    char line[4352], access[5];
    size_t begin, end;
    while (fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "%zx-%zx %4s", &begin, &end, access) != 3) exit(2);
        found.count++;
        if (access[0] == 'r') found.bytes += end - begin;
    }
    fclose(file);
    return found;
}

int main(int count, char **arguments) {
    if (count != 5 && count != 6) return 2;
    struct request request = read_request(arguments[2]);
    long times = atol(arguments[4]);
    int leaks = count == 6 && strcmp(arguments[5], "--leak") == 0, maps = count == 6 && strcmp(arguments[5], "--map") == 0;
    unet1d_session_options options = UNET1D_SESSION_OPTIONS_INIT;
    options.isa = (uint32_t)atoi(arguments[3]);
    // The limits below are for few threads, however many cores there are.
    unet1d_pool_options pool_options = UNET1D_POOL_OPTIONS_INIT;
    pool_options.workers = 2;

    // What the runtime keeps for good is there after some rounds.
    long warm = times / 10 + 10;
    size_t heap = 0;
    struct mappings mapped = {0, 0};
    for (long i = 0; i < times + warm; i++) {
        if (i == warm) {
            heap = mallinfo2().uordblks;
            mapped = mappings();
        }
        unet1d_model *model = NULL;
        unet1d_pool *pool = NULL;
        unet1d_session *session = NULL;
        check(unet1d_model_open(arguments[1], &model));
        check(unet1d_pool_create(&pool_options, &pool));
        check(unet1d_session_create(model, pool, &request.shape, 1, &options, &session));
        if (i % 10 == 0) {
            unet1d_gradient *gradient = NULL;
            check(unet1d_gradient_create(model, pool, &request.shape, 1, &options, &gradient));
            check(unet1d_gradient_free(gradient));
        }
        check(unet1d_model_free(model));
        check(unet1d_pool_free(pool));
        if (!leaks || i % 20 != 19) check(unet1d_session_free(session));
        // Neighbours of one kind would be one mapping.
        if (maps && i % 10 == 9) mmap(NULL, 4 << 20, i % 20 == 9 ? PROT_READ : PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    }
    size_t heap_after = mallinfo2().uordblks;
    struct mappings mapped_after = mappings();
    free_request(request);
    printf("lifetimes: %ld, heap %zu bytes before, %zu after; %ld mappings of %zu bytes before, %ld of %zu after\n", times, heap,
           heap_after, mapped.count, mapped.bytes, mapped_after.count, mapped_after.bytes);
    // Sanitizers and Valgrind tell no heap, and map memory of their own.
    if (heap == 0) return 0;
    int grown = 0;
    if (heap_after > heap + allowed_heap) grown |= fprintf(stderr, "lifetimes: the heap has grown\n");
    if (mapped_after.count > mapped.count + allowed_threads * mappings_of_a_thread
        || mapped_after.bytes > mapped.bytes + allowed_threads * bytes_of_a_thread)
        grown |= fprintf(stderr, "lifetimes: what is mapped has grown\n");
    return grown == 0 ? 0 : 1;
}
