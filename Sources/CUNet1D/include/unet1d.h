// UNet1D in C: runs diffusers' UNet1DModel on CPUs. C11 and C++17; link with -lunet1d.
//
// Open a model, make a pool of workers, ask for the bytes of a shape, make a session, call unet1d_forward. All memory is there
// when a session has been made; a forward allocates nothing, throws nothing and waits for nobody but its own workers.
//
// Every function but the texts returns a status. On any but UNET1D_OK nothing has happened, out parameters are as before, and
// unet1d_last_error says on the same thread what was found, what was expected and what to do.
//
// Handles are numbers, not addresses: one that was freed, that is of another kind, or that never was one is refused, not
// followed. Functions may be called from any threads at once; a session that is in use by another call answers UNET1D_BUSY.
//
// The library stays loaded until the process ends, also after dlclose: its threads may outlive its handles.
//
// Structs of options and results begin with their size. Make them with their _INIT macro: zero is every field's default, so a
// program compiled with an older header goes on working, and fields that a newer library adds take their defaults. A newer
// header works with an older library as long as the fields that this does not know are zero.
#ifndef UNET1D_H
#define UNET1D_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define UNET1D_NOEXCEPT noexcept
#define UNET1D_BEGIN extern "C" {
#define UNET1D_END }
#else
#define UNET1D_NOEXCEPT
#define UNET1D_BEGIN
#define UNET1D_END
#endif

/// Says of a function that it never blocks, where the compiler has a word for that and checks it (-Wfunction-effects).
#define UNET1D_NONBLOCKING
#if defined(__cplusplus) && defined(__has_cpp_attribute)
#if __has_cpp_attribute(clang::nonblocking)
#undef UNET1D_NONBLOCKING
#define UNET1D_NONBLOCKING [[clang::nonblocking]]
#endif
#elif defined(__clang__) && defined(__has_attribute)
#if __has_attribute(nonblocking)
#undef UNET1D_NONBLOCKING
#define UNET1D_NONBLOCKING __attribute__((nonblocking))
#endif
#endif

UNET1D_BEGIN

// ---------------------------------------------------------------------------------------------------------------- status

/// The outcome of a call.
typedef enum unet1d_status {
    UNET1D_OK = 0,
    /// A pointer is NULL or misaligned, a count is not what the plan says, a number is out of its range.
    UNET1D_INVALID_ARGUMENT = 1,
    /// A handle is NULL, freed, of another kind, or never was one.
    UNET1D_INVALID_HANDLE = 2,
    /// A struct's size is impossible, or a field that this library does not know is not zero.
    UNET1D_INVALID_OPTIONS = 3,
    /// A file, a folder, a field or a tensor of the model.
    UNET1D_CHECKPOINT = 4,
    /// A shape that the reference would raise for, or that the session is not prepared for.
    UNET1D_SHAPE = 5,
    /// A timestep that stands for no number.
    UNET1D_TIMESTEP = 6,
    /// An instruction set that this machine lacks.
    UNET1D_ISA = 7,
    /// Memory that could not be had, or too little of the caller's.
    UNET1D_MEMORY = 8,
    /// Workers that could not be started.
    UNET1D_WORKERS = 9,
    /// Another call uses the session, the gradient, the sampler or the planner now.
    UNET1D_BUSY = 10,
    /// A scheduler's file, class or field, or steps that it cannot take with the model.
    UNET1D_SCHEDULER = 11
} unet1d_status;

/// A status in words, never NULL; valid as long as the library is loaded.
const char *unet1d_status_text(unet1d_status status) UNET1D_NOEXCEPT;

/// What the last call on this thread that failed found, what it expected, and the way out, in UTF-8; "" if none did.
/// Valid until another call on this thread fails.
const char *unet1d_last_error(void) UNET1D_NOEXCEPT;

/// The library's version, for instance "0.1.0".
const char *unet1d_version(void) UNET1D_NOEXCEPT;

// ---------------------------------------------------------------------------------------------------------------- models

/// Configuration and weights. Immutable; any number of sessions, on any threads, share it.
typedef struct unet1d_model unet1d_model;

/// Opens a folder that save_pretrained wrote, a pipeline folder with unet/ in it, a repository in the hub's cache, by its
/// folder or its name, or a file of weights with config.json beside it. Checks every tensor's name and shape; the weights
/// are read when a session first needs them. Allocates; blocks on the disk.
unet1d_status unet1d_model_open(const char *directory, unet1d_model **model) UNET1D_NOEXCEPT;

/// Which of the models that a name may mean. Texts are in UTF-8; NULL: the usual one.
typedef struct unet1d_open_options {
    /// sizeof(unet1d_open_options)
    uint32_t size;
    uint32_t reserved;
    /// A branch, a tag or a commit's hash, of a repository in the hub's cache; NULL: main.
    const char *revision;
    /// The folder of the model within what is named; NULL: unet, then the folder itself.
    const char *subfolder;
    /// Which of several weights, for instance "fp16"; NULL: those without such a name.
    const char *variant;
    /// The configuration of a file of weights; NULL: the config.json beside it.
    const char *configuration;
    /// A folder in which processes of this user share packed weights, which is made where there is none; "": /dev/shm/unet1d-UID;
    /// NULL: packed weights are this process's own. One that is another user's, or that others may write to, is UNET1D_MEMORY.
    /// Weights that cannot be shared, as where there is no room, are this process's own: see unet1d_model_notes.
    const char *shared_weights;
} unet1d_open_options;

#define UNET1D_OPEN_OPTIONS_INIT {(uint32_t)sizeof(unet1d_open_options), 0, NULL, NULL, NULL, NULL, NULL}

/// Opens a model as unet1d_model_open does, with a choice among several; options NULL: the defaults.
unet1d_status unet1d_model_open_as(
    const char *name, const unet1d_open_options *options, unet1d_model **model) UNET1D_NOEXCEPT;

/// Values of unet1d_tensor.dtype and of unet1d_save_options.dtype, which has no F64.
enum { UNET1D_DTYPE_F32 = 0, UNET1D_DTYPE_F16 = 1, UNET1D_DTYPE_BF16 = 2, UNET1D_DTYPE_F64 = 3 };

/// A tensor in the caller's memory, row-major, without gaps. Will not grow.
typedef struct unet1d_tensor {
    /// The parameter's name in the model's family, in UTF-8.
    const char *name;
    /// The elements, of any alignment; NULL: there are none.
    const void *data;
    /// `rank` sizes; NULL: a single number.
    const int64_t *shape;
    uint32_t rank;
    /// UNET1D_DTYPE_…
    uint32_t dtype;
} unet1d_tensor;

/// Makes a model of the text of a config.json, of either family or of a LeRobot policy of type "diffusion", and of `count`
/// tensors in the caller's memory, in any order. Checks every tensor's name and shape as unet1d_model_open does; none, NULL
/// with 0, is UNET1D_CHECKPOINT. Messages and notes call the two "configuration" and "tensors".
///
/// Texts and shapes are copied. The elements are not: they are read when a session first needs them, and by
/// unet1d_model_save. They must be there, and nobody may write to them, until the handle of the model is freed and all
/// sessions, gradients, samplers and planners that were made with it. Allocates.
unet1d_status unet1d_model_create(
    const char *configuration, const unet1d_tensor *tensors, size_t count, unet1d_model **model) UNET1D_NOEXCEPT;

/// Makes a model of the text of a config.json with random weights, in PyTorch's initial distributions. Each number depends
/// on the seed, its tensor's name and its place alone. Allocates.
unet1d_status unet1d_model_create_seeded(
    const char *configuration, uint64_t seed, unet1d_model **model) UNET1D_NOEXCEPT;

/// The text of the config.json that unet1d_model_save writes, without the last line's end: every field, defaults filled in,
/// and `_class_name`, of either family.
///
/// Writes at most `capacity` bytes to `text`, the final zero among them; NULL with 0: nothing. A text that was cut, between
/// two characters, is UNET1D_OK, too. `needed` becomes the bytes of the whole text with its zero, unless it is NULL.
/// Allocates nothing that stays.
unet1d_status unet1d_model_configuration(
    unet1d_model *model, char *text, size_t capacity, size_t *needed) UNET1D_NOEXCEPT;

/// What was ignored or odd in the files, or in what they were replaced by, and why packed weights are not shared though they
/// were to be: a sentence a line. As unet1d_model_configuration.
unet1d_status unet1d_model_notes(unet1d_model *model, char *text, size_t capacity, size_t *needed) UNET1D_NOEXCEPT;

typedef struct unet1d_save_options {
    /// sizeof(unet1d_save_options)
    uint32_t size;
    /// The type of all tensors; numbers are rounded to the nearest, ties to the even one.
    uint32_t dtype;
    /// Bytes of weights in one file, unless a single tensor is larger; 0: 10,000,000,000.
    uint64_t max_shard_bytes;
    /// A part of the weights' names, for instance "fp16"; NULL: none.
    const char *variant;
} unet1d_save_options;

#define UNET1D_SAVE_OPTIONS_INIT {(uint32_t)sizeof(unet1d_save_options), 0, 0, NULL}

/// What was written.
typedef struct unet1d_saved {
    /// sizeof(unet1d_saved); no more bytes than this are written
    uint32_t size;
    /// Files, config.json and the index of the shards included.
    uint32_t files;
    /// Bytes of all files.
    uint64_t bytes;
    /// Finite numbers that became infinite, as the type's range is smaller than theirs.
    uint64_t overflows;
} unet1d_saved;

#define UNET1D_SAVED_INIT {(uint32_t)sizeof(unet1d_saved), 0, 0, 0}

/// Saves a model in the form that diffusers reads: config.json, and safetensors files that replace those of the same
/// variant. The folder is made if it is missing. Options NULL: the defaults; saved may be NULL. Allocates a chunk of a
/// tensor; blocks on the disk.
unet1d_status unet1d_model_save(
    unet1d_model *model, const char *directory, const unet1d_save_options *options, unet1d_saved *saved) UNET1D_NOEXCEPT;

/// Gives a handle back; NULL is allowed. The model itself lives as long as sessions need it.
unet1d_status unet1d_model_free(unet1d_model *model) UNET1D_NOEXCEPT;

// ----------------------------------------------------------------------------------------------------------------- pools

/// Threads that compute together with the caller of unet1d_forward. Any number of sessions, on any threads, share it.
typedef struct unet1d_pool unet1d_pool;

/// What a parallel-for of the caller runs for each index. It waits for no other index.
typedef void (*unet1d_body)(void *body_context, ptrdiff_t index);

/// A parallel-for of the caller: calls body(body_context, index) once for each index in 0 ..< count, in any order, on
/// any threads, at once or one after another, and returns when all have returned and what they wrote is visible to its
/// caller. It throws nothing. It is called from several threads at once if sessions are. What it allocates or waits
/// for, a forward does. Breaking these rules ends the process where that is seen, and is undefined where it is not.
typedef void (*unet1d_parallel_for)(void *context, ptrdiff_t count, unet1d_body body, void *body_context);

/// Never spin: sleep at once.
#define UNET1D_SPIN_NONE ((int64_t)-1)
/// Never sleep: a worker that waits uses a whole core.
#define UNET1D_SPIN_FOREVER ((int64_t)-2)

/// Bits of unet1d_pool_options.flags.
enum {
    /// Workers may run on any core that this process may use, instead of on one each.
    UNET1D_POOL_UNPINNED = 1,
    /// Workers are scheduled as the thread that makes the pool: class, priority, niceness, flags.
    UNET1D_POOL_INHERIT_SCHEDULING = 2
};

typedef struct unet1d_pool_options {
    /// sizeof(unet1d_pool_options)
    uint32_t size;
    /// Workers, the caller of a forward included; 0: one for each physical core that this process may use. Decides no
    /// bits.
    uint32_t workers;
    /// How long a thread that waits spins before it sleeps, in nanoseconds; 0: 100000; or UNET1D_SPIN_NONE,
    /// UNET1D_SPIN_FOREVER.
    int64_t spin_nanoseconds;
    /// Bits as above.
    uint32_t flags;
    uint32_t reserved;
    /// Instead of threads of the pool; NULL: threads of the pool. `workers` is then the largest count of indices in a
    /// call.
    unet1d_parallel_for parallel_for;
    /// Passed on to parallel_for; outlives the pool and its sessions.
    void *parallel_for_context;
} unet1d_pool_options;

#define UNET1D_POOL_OPTIONS_INIT {(uint32_t)sizeof(unet1d_pool_options), 0, 0, 0, 0, NULL, NULL}

/// Starts the workers; options NULL: the defaults. Allocates; blocks until they have started.
unet1d_status unet1d_pool_create(const unet1d_pool_options *options, unet1d_pool **pool) UNET1D_NOEXCEPT;

/// Gives a handle back; NULL is allowed. The workers leave with the last session that uses them: whichever call ends
/// the last use, this one or unet1d_session_free, blocks until they have.
unet1d_status unet1d_pool_free(unet1d_pool *pool) UNET1D_NOEXCEPT;

/// The number of workers of a pool, the caller included.
unet1d_status unet1d_pool_workers(unet1d_pool *pool, uint32_t *workers) UNET1D_NOEXCEPT;

// ----------------------------------------------------------------------------------------------------------------- plans

/// Everything about the input of a forward that its plan depends on. Will not grow.
typedef struct unet1d_shape {
    /// Batch elements of the sample.
    int64_t batch;
    /// Positions of the sample.
    int64_t length;
    /// Entries of the timestep: 1, or the batch, or, for a batch of 1 in resnet-type models, any number.
    int64_t timesteps;
} unet1d_shape;

/// Values of unet1d_session_options.isa.
enum { UNET1D_ISA_AUTO = 0, UNET1D_ISA_GENERIC = 1, UNET1D_ISA_AVX2 = 2, UNET1D_ISA_AVX512 = 3 };

/// Values of unet1d_session_options.accuracy: may convolutions round more than the direct form, as
/// Winograd's do, or not?
enum { UNET1D_ACCURACY_FAST = 0, UNET1D_ACCURACY_STRICT = 1 };

/// Values of unet1d_session_options.precision: the numbers that weights are held in; sums are in float32. Weights of 16 bits
/// are half the bytes, and go with UNET1D_ACCURACY_FAST alone. BF16 rounds activations, too, on processors that multiply bfloat16.
enum {
    UNET1D_PRECISION_F32 = 0,
    UNET1D_PRECISION_F16_WEIGHTS = 1,
    UNET1D_PRECISION_BF16_WEIGHTS = 2,
    UNET1D_PRECISION_BF16 = 3
};

/// Values of unet1d_session_options.numa. Off leaves pages where the system puts them. Interleave spreads packed
/// weights over the nodes with workers, replicate copies them to each; both put a page of activations on the node that
/// writes most of it. Auto is off on one node, replicate where the copies fit in a quarter of free memory, and else
/// interleave.
enum { UNET1D_NUMA_AUTO = 0, UNET1D_NUMA_OFF = 1, UNET1D_NUMA_INTERLEAVE = 2, UNET1D_NUMA_REPLICATE = 3 };

/// Bits of unet1d_session_options.flags.
enum {
    /// Ask for no huge pages.
    UNET1D_SESSION_SMALL_PAGES = 1,
    /// Ask that the session's memory is locked; a refusal is no error, see unet1d_placement.
    UNET1D_SESSION_LOCK_MEMORY = 2,
    /// There is no local condition for a robot policy that can read one: the reference's local_cond=None. Decides bits.
    UNET1D_SESSION_NO_LOCAL_CONDITION = 4
};

typedef struct unet1d_session_options {
    /// sizeof(unet1d_session_options)
    uint32_t size;
    /// Instruction set. Decides bits.
    uint32_t isa;
    /// Decides bits.
    uint32_t accuracy;
    /// Memory placement on machines with several memory nodes. Decides no bits.
    uint32_t numa;
    /// Bits as above.
    uint32_t flags;
    /// Decides bits.
    uint32_t precision;
    /// Memory for the activations, on a multiple of 64 bytes, that outlives the session and is its alone, which zeroes
    /// it first; NULL: the session's own.
    void *arena;
    /// Bytes of it: unet1d_plan_info.arena_bytes of the largest shape, or more.
    size_t arena_bytes;
} unet1d_session_options;

#define UNET1D_SESSION_OPTIONS_INIT {(uint32_t)sizeof(unet1d_session_options), 0, 0, 0, 0, 0, NULL, 0}

/// What a forward of a shape needs and gives.
typedef struct unet1d_plan_info {
    /// sizeof(unet1d_plan_info); no more bytes than this are written
    uint32_t size;
    /// Dimensions of the output: 3, or 2 for a value function.
    uint32_t output_rank;
    unet1d_shape shape;
    /// (batch, channels, length), or (batch, length, channels) of a robot policy's; row-major
    int64_t sample_shape[3];
    /// In the sample's order, or (batch, 1); row-major
    int64_t output_shape[3];
    /// Floats of the sample.
    size_t sample_count;
    /// Floats of the output.
    size_t output_count;
    /// Bytes of the activations.
    size_t arena_bytes;
    /// Bytes of scratch for each worker.
    size_t scratch_bytes_per_worker;
    /// Bytes of packed weights, which sessions of a model share.
    size_t weight_bytes;
    /// Equal identifiers and equal input give equal bits: 16 hexadecimal digits and a zero.
    char plan_id[24];
    /// Floats of the observation that a robot policy reads: (batch, width); 0: none.
    size_t global_condition_count;
    /// Floats of another that it may read: (batch, length, width); 0: none.
    size_t local_condition_count;
} unet1d_plan_info;

#define UNET1D_PLAN_INFO_INIT \
    {(uint32_t)sizeof(unet1d_plan_info), 0, {0, 0, 0}, {0, 0, 0}, {0, 0, 0}, 0, 0, 0, 0, 0, {0}, 0, 0}

/// Plans a forward without making a session; options NULL: the defaults. Allocates nothing that stays; reads no
/// weights.
unet1d_status unet1d_model_plan(
    unet1d_model *model, const unet1d_shape *shape, const unet1d_session_options *options, unet1d_plan_info *info) UNET1D_NOEXCEPT;

// -------------------------------------------------------------------------------------------------------------- sessions

/// Memory, packed weights and bound operations for one shape or several. One call at a time.
typedef struct unet1d_session unet1d_session;

/// Makes a session for `shape_count` shapes, at least one, in an arena for the largest; the first is selected. Options
/// NULL: the defaults. The handles of model and pool may be freed afterwards. Allocates and touches all memory; blocks
/// on the disk and on other threads that pack weights of the model.
unet1d_status unet1d_session_create(
    unet1d_model *model, unet1d_pool *pool, const unet1d_shape *shapes, size_t shape_count,
    const unet1d_session_options *options, unet1d_session **session) UNET1D_NOEXCEPT;

/// Gives a session back; NULL is allowed. UNET1D_BUSY while another call uses it.
unet1d_status unet1d_session_free(unet1d_session *session) UNET1D_NOEXCEPT;

/// Prepares for one more shape; which is selected stays. Memory that the caller brought must hold the shape's
/// arena_bytes, too, else UNET1D_MEMORY. Allocates and blocks as unet1d_session_create.
unet1d_status unet1d_session_prepare(unet1d_session *session, const unet1d_shape *shape) UNET1D_NOEXCEPT;

/// Lets the next forwards compute another of the prepared shapes. Allocates only if it fails.
unet1d_status unet1d_session_select(unet1d_session *session, const unet1d_shape *shape) UNET1D_NOEXCEPT;

/// What a forward of the selected shape needs and gives.
unet1d_status unet1d_session_info(unet1d_session *session, unet1d_plan_info *info) UNET1D_NOEXCEPT;

/// Sets the observation that forwards of the selected shape read, and computes what depends on that alone: once an
/// observation, before the steps of its denoising loop. Nothing of the caller's memory is kept. It holds until another is
/// set, or a forward of another shape, or unet1d_session_prepare, uses the memory; a forward without one is
/// UNET1D_INVALID_ARGUMENT. Allocates and blocks as unet1d_forward.
///
/// The counts are plan_info's global_condition_count and local_condition_count; NULL where that is 0.
unet1d_status unet1d_session_set_condition(
    unet1d_session *session, const float *global, size_t global_count, const float *local, size_t local_count)
    UNET1D_NOEXCEPT UNET1D_NONBLOCKING;

/// Values of unet1d_timestep.kind: how the entries are stored, and what they stand for.
enum {
    /// float: the entries of a tensor; a fraction stays a fraction, NaN and infinities are allowed.
    UNET1D_TIMESTEP_FLOAT = 0,
    /// double, as float.
    UNET1D_TIMESTEP_DOUBLE = 1,
    /// int64_t: the entries of an integer tensor, or a Python int.
    UNET1D_TIMESTEP_INT64 = 2,
    /// One double, a Python float: truncated toward zero as the reference does, UNET1D_TIMESTEP where it raises.
    UNET1D_TIMESTEP_PYTHON_FLOAT = 3
};

/// The timestep of a forward. Will not grow.
typedef struct unet1d_timestep {
    /// `count` entries of the kind.
    const void *values;
    /// The shape's timesteps.
    size_t count;
    uint32_t kind;
    uint32_t reserved;
} unet1d_timestep;

/// output = model(sample, timestep) for the selected shape. Allocates nothing and blocks on nothing but the pool's own
/// workers or the caller's parallel-for; what fails may allocate its message.
///
/// sample and output, of plan_info's counts, may be the same memory: the output is written after the last read of the
/// sample. Both, and the entries of the timestep, must be as long as the counts say: nobody can check that.
unet1d_status unet1d_forward(
    unet1d_session *session, const float *sample, size_t sample_count, const unet1d_timestep *timestep, float *output,
    size_t output_count) UNET1D_NOEXCEPT UNET1D_NONBLOCKING;

/// What was requested from the system for a session, and what was granted. A refusal (an error number of <errno.h>)
/// leaves everything working.
typedef struct unet1d_placement {
    /// sizeof(unet1d_placement); no more bytes than this are written
    uint32_t size;
    uint32_t workers;
    /// Physical cores that affinity mask and control group leave this process.
    uint32_t usable_cores;
    /// Workers that were meant for a CPU of their own.
    uint32_t workers_pinning_asked;
    /// Workers that are bound to one.
    uint32_t workers_pinned;
    /// 0: not refused.
    int32_t pinning_refusal;
    uint32_t huge_pages_asked;
    uint32_t huge_pages_obtained;
    int32_t huge_pages_refusal;
    uint32_t lock_asked;
    uint32_t lock_obtained;
    int32_t lock_refusal;
    /// UNET1D_NUMA_…, as requested.
    uint32_t numa_asked;
    /// UNET1D_NUMA_…, the policy that was used; never auto.
    uint32_t numa;
    uint32_t memory_nodes;
    /// Copies of the packed weights.
    uint32_t weight_copies;
    /// Bytes of the session's memory in huge pages; -1: unknown.
    int64_t huge_page_bytes;
    /// Bytes that the session mapped: arena, unless it is the caller's, and scratch.
    int64_t memory_bytes;
    /// Pages of arena and scratch for which a node was requested, and the pages that lie there; -1: unknown.
    int64_t memory_pages_asked;
    int64_t memory_pages_obtained;
    /// Pages of the packed weights for which a node was requested, and the pages that lie there; -1: unknown.
    int64_t weight_pages_asked;
    int64_t weight_pages_obtained;
    int32_t memory_pages_refusal;
    int32_t weight_pages_refusal;
} unet1d_placement;

#define UNET1D_PLACEMENT_INIT \
    {(uint32_t)sizeof(unet1d_placement), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}

/// Reports the placement of a session's workers and memory, as the system has it now. Allocates; takes a while for
/// large models.
unet1d_status unet1d_session_placement(unet1d_session *session, unet1d_placement *placement) UNET1D_NOEXCEPT;

// ------------------------------------------------------------------------------------------------------------- gradients
//
// How an output changes with its sample, for guiding samples along a value function or towards a measurement. `check` ends
// the program on any status but UNET1D_OK, and `floats` allocates so many of them:
//
//    unet1d_gradient *session = NULL;
//    check(unet1d_gradient_create(model, pool, &shape, 1, NULL, &session));
//    unet1d_plan_info plan = UNET1D_PLAN_INFO_INIT;
//    check(unet1d_gradient_info(session, &plan));
//    float *sample = floats(plan.sample_count), *gradient = floats(plan.sample_count);
//    float *output = floats(plan.output_count);
//    check(unet1d_gradient_run(
//        session, sample, plan.sample_count, &timestep, NULL, 0, output, plan.output_count, gradient, plan.sample_count));

/// Memory, packed weights and bound operations for outputs and gradients of one shape or several. One call at a time.
typedef struct unet1d_gradient unet1d_gradient;

/// Plans an output and its gradient without making memory for them, as unet1d_model_plan does.
unet1d_status unet1d_gradient_plan(
    unet1d_model *model, const unet1d_shape *shape, const unet1d_session_options *options, unet1d_plan_info *info) UNET1D_NOEXCEPT;

/// Prepares gradients for `shape_count` shapes, as unet1d_session_create prepares forwards. The arena is larger, as it
/// keeps what the gradient reads, and convolutions have a second, transposed copy of their packed weights.
unet1d_status unet1d_gradient_create(
    unet1d_model *model, unet1d_pool *pool, const unet1d_shape *shapes, size_t shape_count,
    const unet1d_session_options *options, unet1d_gradient **gradient) UNET1D_NOEXCEPT;

/// Gives it back; NULL is allowed. UNET1D_BUSY while another call uses it.
unet1d_status unet1d_gradient_free(unet1d_gradient *gradient) UNET1D_NOEXCEPT;

/// Prepares for one more shape, as unet1d_session_prepare does.
unet1d_status unet1d_gradient_prepare(unet1d_gradient *gradient, const unet1d_shape *shape) UNET1D_NOEXCEPT;

/// Lets the next calls compute another of the prepared shapes. Allocates only if it fails.
unet1d_status unet1d_gradient_select(unet1d_gradient *gradient, const unet1d_shape *shape) UNET1D_NOEXCEPT;

/// What a call for the selected shape needs and gives.
unet1d_status unet1d_gradient_info(unet1d_gradient *gradient, unet1d_plan_info *info) UNET1D_NOEXCEPT;

/// Sets the observation that calls for the selected shape read, as unet1d_session_set_condition does.
unet1d_status unet1d_gradient_set_condition(
    unet1d_gradient *gradient, const float *global, size_t global_count, const float *local, size_t local_count)
    UNET1D_NOEXCEPT UNET1D_NONBLOCKING;

/// output = model(sample, timestep), and sample_gradient = the sum over all outputs of cotangent times the derivative of
/// the output by the sample, for the selected shape. The output has the bits of unet1d_forward. Allocates and blocks as
/// unet1d_forward.
///
/// sample and sample_gradient have plan_info's sample_count, output and cotangent its output_count, which nobody can
/// check. A cotangent of NULL, with a count of 0, stands for ones. Either output or sample_gradient may be the sample's
/// memory, but not both. The cotangent is read after the output is written; one that depends on the output takes
/// a unet1d_forward before.
unet1d_status unet1d_gradient_run(
    unet1d_gradient *gradient, const float *sample, size_t sample_count, const unet1d_timestep *timestep,
    const float *cotangent, size_t cotangent_count, float *output, size_t output_count, float *sample_gradient,
    size_t sample_gradient_count) UNET1D_NOEXCEPT UNET1D_NONBLOCKING;

// -------------------------------------------------------------------------------------------------------------- samplers
//
// A sampler runs a whole denoising loop: forwards of a model and the steps of a scheduler. `check` ends the
// program on any status but UNET1D_OK:
//
//    unet1d_scheduler *scheduler = NULL;
//    unet1d_sampler *sampler = NULL;
//    check(unet1d_scheduler_open(folder, NULL, &scheduler));
//    check(unet1d_sampler_create(model, pool, &shape, scheduler, 50, NULL, &sampler));
//    unet1d_loop_info info = UNET1D_LOOP_INFO_INIT;
//    check(unet1d_sampler_info(sampler, &info));
//    float *signal = calloc(info.sample_count, sizeof(float));
//    if (signal == NULL) return 2;
//    check(unet1d_sampler_run(sampler, NULL, signal, info.sample_count));

/// A denoising method with its options. Immutable; any number of samplers, on any threads, share it.
typedef struct unet1d_scheduler unet1d_scheduler;

/// Makes a scheduler. `what` is a file whose name ends in .json, or whatever unet1d_model_open takes, which has a
/// scheduler_config.json beside its model; NULL: the defaults of the class. `name` is one of diffusers' classes, such as
/// "DDIMScheduler", to read the file as; NULL: the class that the file names. A class that is not there is answered with
/// the list of those that are. Allocates; blocks on the disk.
unet1d_status unet1d_scheduler_open(
    const char *what, const char *name, unet1d_scheduler **scheduler) UNET1D_NOEXCEPT;

/// Gives a handle back; NULL is allowed. Samplers keep what they need.
unet1d_status unet1d_scheduler_free(unet1d_scheduler *scheduler) UNET1D_NOEXCEPT;

/// Values of unet1d_noise.kind: where noise comes from.
enum {
    /// Philox, with one seed or with one for each batch element: workers share the drawing, and the noise of an element depends
    /// on its seed and its number alone.
    UNET1D_NOISE_PHILOX = 0,
    /// The numbers of PyTorch's CPU generator: of one seed, or of one for each batch element.
    UNET1D_NOISE_TORCH = 1,
    /// The caller's numbers, draw after draw, the same in each loop.
    UNET1D_NOISE_GIVEN = 2
};

typedef struct unet1d_noise {
    /// sizeof(unet1d_noise)
    uint32_t size;
    uint32_t kind;
    /// `seed_count` seeds, none for given numbers; NULL: one, 0.
    const uint64_t *seeds;
    size_t seed_count;
    /// Standard normal numbers, as many as unet1d_loop_info.draws samples have, which are copied; NULL unless they are
    /// given.
    const float *values;
    size_t value_count;
    /// The numbers of the batch's elements, for Philox alone: an element that has the number and the seed of another batch's
    /// has its noise, too; NULL: 0, 1, 2 and so on.
    const uint32_t *rows;
    /// The batch, or 0 with NULL.
    size_t row_count;
} unet1d_noise;

#define UNET1D_NOISE_INIT {(uint32_t)sizeof(unet1d_noise), 0, NULL, 0, NULL, 0, NULL, 0}

/// Values of unet1d_sampler_options.precision: whether the scheduler's tables are in double, or rounded to floats where
/// diffusers rounds.
enum { UNET1D_TABLES_DOUBLE = 0, UNET1D_TABLES_FLOAT = 1 };

typedef struct unet1d_sampler_options {
    /// sizeof(unet1d_sampler_options)
    uint32_t size;
    uint32_t precision;
    /// By what the scheduler's timesteps are multiplied for the model: 0.001 where a model whose time is 0 to 1 runs under a
    /// scheduler that counts 1000 timesteps; 0: 1.
    double timestep_scale;
    /// The noise that a sampler draws; NULL: Philox with the seed 0.
    const unet1d_noise *noise;
    /// How forwards are computed; NULL: the defaults.
    const unet1d_session_options *session;
    /// The outer levels of the model, 1 to its up blocks, that short forwards compute, which reuse what came from below them
    /// in the latest whole forward; 0: all forwards are whole.
    uint32_t short_levels;
    /// How many forwards make a round of which the first is whole and the others are short; 0 or 1: all are whole.
    uint32_t whole_forward_every;
} unet1d_sampler_options;

#define UNET1D_SAMPLER_OPTIONS_INIT {(uint32_t)sizeof(unet1d_sampler_options), 0, 0, NULL, NULL, 0, 0}

/// Memory, packed weights, bound operations and the table of steps for loops of one shape. One call at a time.
typedef struct unet1d_sampler unet1d_sampler;

/// Prepares loops of so many steps, 1 to 100,000; options NULL: the defaults. The handles of model, pool and scheduler
/// may be freed afterwards. Allocates and touches all memory; blocks as unet1d_session_create.
unet1d_status unet1d_sampler_create(
    unet1d_model *model, unet1d_pool *pool, const unet1d_shape *shape, unet1d_scheduler *scheduler, size_t steps,
    const unet1d_sampler_options *options, unet1d_sampler **sampler) UNET1D_NOEXCEPT;

/// Gives a sampler back; NULL is allowed. UNET1D_BUSY while another call uses it.
unet1d_status unet1d_sampler_free(unet1d_sampler *sampler) UNET1D_NOEXCEPT;

/// What a loop takes and does.
typedef struct unet1d_loop_info {
    /// sizeof(unet1d_loop_info); no more bytes than this are written
    uint32_t size;
    uint32_t reserved;
    /// (batch, channels, length), row-major
    int64_t sample_shape[3];
    /// Floats of a sample.
    size_t sample_count;
    /// Steps of a loop from noise; a scheduler may make more of them, or fewer, than were requested.
    size_t step_count;
    /// The most draws of noise in a loop, but for the noise with which it begins.
    size_t draws;
} unet1d_loop_info;

#define UNET1D_LOOP_INFO_INIT {(uint32_t)sizeof(unet1d_loop_info), 0, {0, 0, 0}, 0, 0, 0}

/// What loops of a sampler take and do.
unet1d_status unet1d_sampler_info(unet1d_sampler *sampler, unet1d_loop_info *info) UNET1D_NOEXCEPT;

/// The scheduler's timesteps of all steps, in order; `count` is the step count. Allocates nothing that stays.
unet1d_status unet1d_sampler_timesteps(unet1d_sampler *sampler, double *timesteps, size_t count) UNET1D_NOEXCEPT;

/// A part of a sequence: begin, inclusive, to end, exclusive. Will not grow.
typedef struct unet1d_range {
    int64_t begin;
    int64_t end;
} unet1d_range;

/// Values of unet1d_held.level: how values are held while the rest is noisy.
enum {
    /// As they are, before every forward, as planners hold the states that are known.
    UNET1D_HELD_EXACT = 0,
    /// With noise of the sample's level, as RePaint does.
    UNET1D_HELD_NOISED = 1
};

/// Values that loops keep, at some positions of some channels of every batch element.
typedef struct unet1d_held {
    /// sizeof(unet1d_held)
    uint32_t size;
    uint32_t level;
    /// A whole sample, which is copied; only what is held is read.
    const float *values;
    size_t value_count;
    const unet1d_range *positions;
    size_t position_count;
    /// {0, 0}: all.
    unet1d_range channels;
    /// How often each stretch of `jump` steps runs, so that what is made fits what is held (RePaint); 0: once.
    uint32_t repetitions;
    /// 0: 1
    uint32_t jump;
} unet1d_held;

#define UNET1D_HELD_INIT {(uint32_t)sizeof(unet1d_held), 0, NULL, 0, NULL, 0, {0, 0}, 0, 0}

/// Sets the observation that loops read, as unet1d_session_set_condition does.
unet1d_status unet1d_sampler_set_condition(
    unet1d_sampler *sampler, const float *global, size_t global_count, const float *local, size_t local_count)
    UNET1D_NOEXCEPT UNET1D_NONBLOCKING;

/// Keeps values in every loop from now on; NULL: none. Allocates.
unet1d_status unet1d_sampler_hold(unet1d_sampler *sampler, const unet1d_held *held) UNET1D_NOEXCEPT;

/// Starts the draws of the loops to come anew; noise NULL: Philox with the seed 0. Allocates.
unet1d_status unet1d_sampler_restart(unet1d_sampler *sampler, const unet1d_noise *noise) UNET1D_NOEXCEPT;

/// What a loop has come to. Fields may be added behind these.
typedef struct unet1d_step {
    /// The step's place in the schedule, from 0.
    size_t index;
    /// The scheduler's.
    double timestep;
    /// The sample after the step, in diffusers' scale; valid until the observer returns.
    const float *sample;
    /// The estimate of the clean sample, as the sample.
    const float *estimate;
    /// Floats of each.
    size_t count;
} unet1d_step;

/// Is called after each step by the thread that runs the loop; 0 goes on, any other number ends the loop before the next
/// forward. It throws nothing. Calls on the sampler are answered by UNET1D_BUSY.
typedef int (*unet1d_observer)(void *context, const unet1d_step *step);

typedef struct unet1d_loop_options {
    /// sizeof(unet1d_loop_options)
    uint32_t size;
    uint32_t reserved;
    /// Standard normal numbers with which the loop begins; NULL: drawn, unless the sampler's noise is given.
    const float *noise;
    size_t noise_count;
    /// A sample to be changed; NULL: the loop begins with noise alone.
    const float *sample;
    size_t sample_count;
    /// The share of the steps that run on a sample, 0 to 1; without a sample 0.
    double strength;
    /// Sees each step; NULL: nobody does.
    unet1d_observer observe;
    /// Passed on to observe.
    void *observe_context;
} unet1d_loop_options;

#define UNET1D_LOOP_OPTIONS_INIT {(uint32_t)sizeof(unet1d_loop_options), 0, NULL, 0, NULL, 0, 0, NULL, NULL}

/// output = a whole loop; options NULL: from drawn noise, with nobody who looks. Allocates nothing and blocks on nothing
/// but the pool's own workers, the caller's parallel-for and observer; what fails may allocate its message. Equal noise
/// gives equal bits for any number of workers. A loop that its observer ended is UNET1D_OK, too, and leaves the sample
/// after its last step.
///
/// The noise or the sample may be the same memory as the output.
unet1d_status unet1d_sampler_run(
    unet1d_sampler *sampler, const unet1d_loop_options *options, float *output, size_t output_count) UNET1D_NOEXCEPT;

// -------------------------------------------------------------------------------------------------------------- planners
//
// A planner runs denoising loops whose plans are moved along the gradient of a value function before every step, and picks
// the best, as diffusers' ValueGuidedRLPipeline does.

/// Bits of unet1d_planner_options.flags.
enum {
    /// The gradient is not multiplied by exp(1/2 variance) of a DDPMScheduler's step.
    UNET1D_PLANNER_WITHOUT_VARIANCE = 1,
    /// The scale of 0 is meant: plans are not moved.
    UNET1D_PLANNER_SCALE_ZERO = 2
};

typedef struct unet1d_planner_options {
    /// sizeof(unet1d_planner_options)
    uint32_t size;
    /// How often plans are moved before each step; 0: 2.
    uint32_t guidance_steps;
    /// By how much of the gradient they are moved; 0: 0.1, unless UNET1D_PLANNER_SCALE_ZERO.
    double scale;
    /// Bits as above.
    uint32_t flags;
    uint32_t reserved;
    /// The least timestep at which plans are moved; 0: 2; -1: they are moved at all.
    double least_guided_timestep;
    /// The noise that a planner draws; NULL: Philox with the seed 0.
    const unet1d_noise *noise;
    /// How both models are computed; NULL: the defaults. There is no arena in it.
    const unet1d_session_options *session;
    /// Means and standard deviations of the training's observations, one for each channel of a plan that is none of an action;
    /// they are copied; NULL: 0 and 1.
    const float *observation_means;
    const float *observation_deviations;
    /// Means and standard deviations of its actions, one for each dimension of an action; they are copied; NULL: 0 and 1.
    const float *action_means;
    const float *action_deviations;
} unet1d_planner_options;

#define UNET1D_PLANNER_OPTIONS_INIT \
    {(uint32_t)sizeof(unet1d_planner_options), 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL}

/// Memory, packed weights, bound operations and the table of steps for plans of one shape. One call at a time.
typedef struct unet1d_planner unet1d_planner;

/// Prepares planning in so many steps, 1 to 100,000; options NULL: the defaults. The shape is that of the plans, with one
/// timestep. The first `actions` channels of a plan are actions, the others, one or more, observations. The handles of models,
/// pool and scheduler may be freed afterwards. Allocates and touches all memory; blocks as unet1d_session_create.
unet1d_status unet1d_planner_create(
    unet1d_model *plans, unet1d_model *value_function, unet1d_pool *pool, const unet1d_shape *shape,
    unet1d_scheduler *scheduler, size_t steps, size_t actions, const unet1d_planner_options *options,
    unet1d_planner **planner) UNET1D_NOEXCEPT;

/// Gives a planner back; NULL is allowed. UNET1D_BUSY while another call uses it.
unet1d_status unet1d_planner_free(unet1d_planner *planner) UNET1D_NOEXCEPT;

/// What planning takes and gives.
typedef struct unet1d_plans_info {
    /// sizeof(unet1d_plans_info); no more bytes than this are written
    uint32_t size;
    uint32_t reserved;
    /// (batch, channels, length) of the plans, row-major
    int64_t sample_shape[3];
    /// Floats of the plans.
    size_t sample_count;
    /// Floats of an observation.
    size_t observation_count;
    /// Floats of an action.
    size_t action_count;
    /// Steps of a loop; a scheduler may make more of them, or fewer, than were requested.
    size_t step_count;
    /// The most draws of noise in a loop, but for the noise with which it begins.
    size_t draws;
} unet1d_plans_info;

#define UNET1D_PLANS_INFO_INIT {(uint32_t)sizeof(unet1d_plans_info), 0, {0, 0, 0}, 0, 0, 0, 0, 0}

/// What calls of a planner take and give.
unet1d_status unet1d_planner_info(unet1d_planner *planner, unet1d_plans_info *info) UNET1D_NOEXCEPT;

/// Starts the draws of the loops to come anew; noise NULL: Philox with the seed 0. Allocates.
unet1d_status unet1d_planner_restart(unet1d_planner *planner, const unet1d_noise *noise) UNET1D_NOEXCEPT;

/// Plans from an observation, of which each plan's first position is held to. Allocates nothing and blocks on nothing but the
/// pool's own workers and the caller's parallel-for; what fails may allocate its message. Equal noise gives equal bits for
/// any number of workers.
///
/// `noise`, sample_count standard normal numbers with which the loop begins, is drawn where it is NULL, unless the planner's
/// noise is given. What is NULL, with a count of 0, of the results is not written: `action`, the first action of the best plan,
/// scaled back; `plans`, sample_count floats, the best plan first, in the scaled numbers of the models; `values`, a float for
/// each plan, in that order: what the value function says of it before the last step. `noise` may be the memory of `plans`.
unet1d_status unet1d_planner_run(
    unet1d_planner *planner, const float *observation, size_t observation_count, const float *noise, size_t noise_count,
    float *action, size_t action_count, float *plans, size_t plan_count, float *values, size_t value_count)
    UNET1D_NOEXCEPT;

UNET1D_END

#endif
