// A model of a text and of tensors in memory: it computes and saves what the checkpoint in a folder does, says its configuration,
// and mistakes are answered by statuses. Models of a seed, too.
//
// usage: tensors FOLDER TENSORS REQUEST SAVED
//   FOLDER: a model, whose weights are TENSORS, as Tests/Embedding/raw writes them; SAVED: a folder to save in
#include <stdint.h>

#include "expect.h"
#include "request.h"

static struct request request;
static unet1d_pool *pool;
static char *configuration;
static unet1d_tensor *tensors;
static size_t count;

static void stop(const char *what) {
    fprintf(stderr, "tensors: %s\n", what);
    exit(1);
}

static FILE *open_or_stop(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) stop(path);
    return file;
}

static char *read_text(const char *folder, const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = open_or_stop(path);
    char *text = (char *)calloc(1, 1 << 20);
    if (text == NULL || fread(text, 1, (1 << 20) - 1, file) == 0) stop(path);
    fclose(file);
    return text;
}

static void read_tensors(const char *path) {
    FILE *file = open_or_stop(path);
    int64_t *all = (int64_t *)read_or_stop(file, 8);
    count = (size_t)*all;
    free(all);
    tensors = (unet1d_tensor *)calloc(count, sizeof *tensors);
    if (tensors == NULL) stop("no memory");
    for (size_t i = 0; i < count; i++) {
        int64_t *head = (int64_t *)read_or_stop(file, 4 * 8);
        tensors[i].dtype = (uint32_t)head[1];
        tensors[i].rank = (uint32_t)head[2];
        tensors[i].shape = (const int64_t *)read_or_stop(file, 8 * (size_t)head[2]);
        tensors[i].name = (const char *)read_or_stop(file, (size_t)head[0]);
        tensors[i].data = read_or_stop(file, (size_t)head[3]);
        free(head);
    }
    fclose(file);
}

/// The output for the request, and the model's end.
static float *output_of(unet1d_model *model, size_t *output_count) {
    unet1d_session *session = NULL;
    unet1d_plan_info plan = UNET1D_PLAN_INFO_INIT;
    EXPECT(UNET1D_OK, unet1d_session_create(model, pool, &request.shape, 1, NULL, &session));
    EXPECT(UNET1D_OK, unet1d_model_free(model));
    EXPECT(UNET1D_OK, unet1d_session_info(session, &plan));
    float *output = (float *)malloc(4 * plan.output_count);
    if (output == NULL) stop("no memory");
    EXPECT(UNET1D_OK, unet1d_forward(
        session, request.sample, request.sample_count, &request.timestep, output, plan.output_count));
    EXPECT(UNET1D_OK, unet1d_session_free(session));
    *output_count = plan.output_count;
    return output;
}

/// Whether two models give the same bits.
static int is_same(unet1d_model *one, unet1d_model *other) {
    size_t counts[2];
    float *outputs[2] = {output_of(one, &counts[0]), output_of(other, &counts[1])};
    int same = counts[0] == counts[1] && memcmp(outputs[0], outputs[1], 4 * counts[0]) == 0;
    free(outputs[0]);
    free(outputs[1]);
    return same;
}

static unet1d_model *seeded(uint64_t seed) {
    unet1d_model *model = NULL;
    EXPECT(UNET1D_OK, unet1d_model_create_seeded(configuration, seed, &model));
    return model;
}

static void texts(unet1d_model *model, const char *saved) {
    unet1d_status (*configuration_of)(unet1d_model *, char *, size_t, size_t *) = unet1d_model_configuration;
    char text[1 << 14], cut[11];
    size_t needed = 0;
    EXPECT(UNET1D_OK, unet1d_model_configuration(model, NULL, 0, &needed));
    if (needed > sizeof text) stop("a long configuration");
    EXPECT(UNET1D_OK, configuration_of(model, text, needed, NULL));
    char *file = read_text(saved, "config.json");
    if (strlen(text) + 1 != needed || strncmp(text, file, needed - 1) != 0 || strcmp(file + needed - 1, "\n") != 0)
        stop("another configuration than what is saved");
    free(file);
    needed = 0;
    memset(cut, 'x', sizeof cut);
    EXPECT(UNET1D_OK, configuration_of(model, cut, sizeof cut - 1, &needed));
    if (strlen(cut) != sizeof cut - 2 || strncmp(cut, text, sizeof cut - 2) != 0 || cut[10] != 'x')
        stop("another beginning of the configuration");
    if (needed != strlen(text) + 1) stop("another length of the configuration");
    EXPECT(UNET1D_OK, configuration_of(model, cut, 1, NULL));
    if (*cut != 0) stop("a text in no room");
    EXPECT(UNET1D_OK, unet1d_model_notes(model, NULL, 0, &needed));
    EXPECT(UNET1D_OK, unet1d_model_notes(model, text, sizeof text, &needed));
    if (strlen(text) + 1 != needed) stop("another length of the notes");

    EXPECT(UNET1D_INVALID_HANDLE, configuration_of(NULL, text, sizeof text, &needed));
    EXPECT(UNET1D_INVALID_HANDLE, configuration_of((unet1d_model *)pool, text, sizeof text, &needed));
    EXPECT(UNET1D_INVALID_ARGUMENT, configuration_of(model, NULL, 5, &needed));
    EXPECT(UNET1D_INVALID_ARGUMENT, configuration_of(model, text, 0, &needed));
    EXPECT(UNET1D_INVALID_ARGUMENT, configuration_of(model, text, SIZE_MAX, &needed));
    EXPECT(UNET1D_INVALID_HANDLE, unet1d_model_notes(NULL, text, sizeof text, &needed));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_model_notes(model, NULL, 5, &needed));
}

/// Tensors of which the first is another one.
static void refuse(unet1d_status status, unet1d_tensor first, const char *message) {
    unet1d_model *made = NULL;
    unet1d_tensor kept = tensors[0];
    tensors[0] = first;
    EXPECT(status, unet1d_model_create(configuration, tensors, count, &made));
    if (strstr(unet1d_last_error(), message) == NULL) stop(unet1d_last_error());
    tensors[0] = kept;
    if (made != NULL) stop("a handle after a mistake");
}

static void mistakes(void) {
    unet1d_model *made = NULL;
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_model_create(NULL, tensors, count, &made));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_model_create(configuration, NULL, count, &made));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_model_create(configuration, tensors, 0, &made));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_model_create(configuration, tensors, SIZE_MAX, &made));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_model_create(configuration, tensors, count, NULL));
    EXPECT(UNET1D_CHECKPOINT, unet1d_model_create(configuration, NULL, 0, &made));
    EXPECT(UNET1D_CHECKPOINT, unet1d_model_create(configuration, tensors, count - 1, &made));
    EXPECT(UNET1D_CHECKPOINT, unet1d_model_create("", tensors, count, &made));
    EXPECT(UNET1D_CHECKPOINT, unet1d_model_create("{\"down_block_types\": 1}", tensors, count, &made));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_model_create_seeded(NULL, 0, &made));
    EXPECT(UNET1D_INVALID_ARGUMENT, unet1d_model_create_seeded(configuration, 0, NULL));
    EXPECT(UNET1D_CHECKPOINT, unet1d_model_create_seeded("[]", 0, &made));
    if (made != NULL) stop("a handle after a mistake");

    const unet1d_tensor right = tensors[0];
    const int64_t negative[16] = {-1}, large[16] = {INT64_MAX, INT64_MAX};
    unet1d_tensor tensor = right;
    tensor.name = NULL;
    refuse(UNET1D_INVALID_ARGUMENT, tensor, "tensors[0].name");
    tensor = right, tensor.data = NULL;
    refuse(UNET1D_INVALID_ARGUMENT, tensor, "tensors[0].data");
    tensor = right, tensor.shape = NULL;
    refuse(UNET1D_INVALID_ARGUMENT, tensor, "tensors[0].shape");
    tensor = right, tensor.rank = 0;
    refuse(UNET1D_INVALID_ARGUMENT, tensor, "tensors[0].shape");
    tensor = right, tensor.rank = UINT32_MAX;
    refuse(UNET1D_INVALID_ARGUMENT, tensor, "tensors[0].rank");
    tensor = right, tensor.dtype = 4;
    refuse(UNET1D_INVALID_ARGUMENT, tensor, "tensors[0].dtype");
    tensor = right, tensor.shape = negative;
    refuse(UNET1D_CHECKPOINT, tensor, "of which there can be no tensor");
    tensor = right, tensor.shape = large, tensor.rank = 2;
    refuse(UNET1D_CHECKPOINT, tensor, "of which there can be no tensor");
    tensor = right, tensor.name = tensors[1].name;
    refuse(UNET1D_CHECKPOINT, tensor, "occurs twice");
    tensor = right, tensor.name = "another";
    refuse(UNET1D_CHECKPOINT, tensor, right.name);
}

int main(int arguments, char **argument) {
    if (arguments != 5) return 2;
    const char *folder = argument[1], *saved = argument[4];
    configuration = read_text(folder, "config.json");
    read_tensors(argument[2]);
    request = read_request(argument[3]);
    EXPECT(UNET1D_OK, unet1d_pool_create(NULL, &pool));

    unet1d_model *opened = NULL, *made = NULL, *again = NULL;
    EXPECT(UNET1D_OK, unet1d_model_open(folder, &opened));
    EXPECT(UNET1D_OK, unet1d_model_create(configuration, tensors, count, &made));
    EXPECT(UNET1D_OK, unet1d_model_save(made, saved, NULL, NULL));
    texts(made, saved);
    mistakes();
    if (!is_same(opened, made)) stop("other bits than the checkpoint's");
    EXPECT(UNET1D_OK, unet1d_model_open(folder, &opened));
    EXPECT(UNET1D_OK, unet1d_model_open(saved, &again));
    if (!is_same(opened, again)) stop("other bits after saving");
    if (!is_same(seeded(7), seeded(7))) stop("other bits of the same seed");
    if (is_same(seeded(7), seeded(8))) stop("the same bits of another seed");

    EXPECT(UNET1D_OK, unet1d_pool_free(pool));
    for (size_t i = 0; i < count; i++) {
        free((void *)tensors[i].name);
        free((void *)tensors[i].shape);
        free((void *)tensors[i].data);
    }
    free(tensors);
    free(configuration);
    free_request(request);
    printf("tensors: %zu in memory give the bits of the checkpoint\n", count);
    return 0;
}
