// Prints what programs that were compiled with this header rely on: sizes, offsets and numbers. Compared with abi.txt.
#include <stdalign.h>
#include <stdio.h>

#include "unet1d.h"

#define STRUCT(type) printf("struct %s: size %zu, alignment %zu\n", #type, sizeof(type), alignof(type))
#define FIELD(type, field) \
    printf("  %s: offset %zu, size %zu\n", #field, offsetof(type, field), sizeof(((type *)NULL)->field))
#define NUMBER(name) printf("%s = %lld\n", #name, (long long)(name))

int main(void) {
    STRUCT(unet1d_shape);
    FIELD(unet1d_shape, batch);
    FIELD(unet1d_shape, length);
    FIELD(unet1d_shape, timesteps);
    STRUCT(unet1d_timestep);
    FIELD(unet1d_timestep, values);
    FIELD(unet1d_timestep, count);
    FIELD(unet1d_timestep, kind);
    FIELD(unet1d_timestep, reserved);
    STRUCT(unet1d_pool_options);
    FIELD(unet1d_pool_options, size);
    FIELD(unet1d_pool_options, workers);
    FIELD(unet1d_pool_options, spin_nanoseconds);
    FIELD(unet1d_pool_options, flags);
    FIELD(unet1d_pool_options, reserved);
    FIELD(unet1d_pool_options, parallel_for);
    FIELD(unet1d_pool_options, parallel_for_context);
    STRUCT(unet1d_session_options);
    FIELD(unet1d_session_options, size);
    FIELD(unet1d_session_options, isa);
    FIELD(unet1d_session_options, accuracy);
    FIELD(unet1d_session_options, numa);
    FIELD(unet1d_session_options, flags);
    FIELD(unet1d_session_options, reserved);
    FIELD(unet1d_session_options, arena);
    FIELD(unet1d_session_options, arena_bytes);
    STRUCT(unet1d_open_options);
    FIELD(unet1d_open_options, size);
    FIELD(unet1d_open_options, reserved);
    FIELD(unet1d_open_options, revision);
    FIELD(unet1d_open_options, subfolder);
    FIELD(unet1d_open_options, variant);
    FIELD(unet1d_open_options, configuration);
    STRUCT(unet1d_save_options);
    FIELD(unet1d_save_options, size);
    FIELD(unet1d_save_options, dtype);
    FIELD(unet1d_save_options, max_shard_bytes);
    FIELD(unet1d_save_options, variant);
    STRUCT(unet1d_saved);
    FIELD(unet1d_saved, size);
    FIELD(unet1d_saved, files);
    FIELD(unet1d_saved, bytes);
    FIELD(unet1d_saved, overflows);
    STRUCT(unet1d_plan_info);
    FIELD(unet1d_plan_info, size);
    FIELD(unet1d_plan_info, output_rank);
    FIELD(unet1d_plan_info, shape);
    FIELD(unet1d_plan_info, sample_shape);
    FIELD(unet1d_plan_info, output_shape);
    FIELD(unet1d_plan_info, sample_count);
    FIELD(unet1d_plan_info, output_count);
    FIELD(unet1d_plan_info, arena_bytes);
    FIELD(unet1d_plan_info, scratch_bytes_per_worker);
    FIELD(unet1d_plan_info, weight_bytes);
    FIELD(unet1d_plan_info, plan_id);
    STRUCT(unet1d_placement);
    FIELD(unet1d_placement, size);
    FIELD(unet1d_placement, workers);
    FIELD(unet1d_placement, usable_cores);
    FIELD(unet1d_placement, workers_pinning_asked);
    FIELD(unet1d_placement, workers_pinned);
    FIELD(unet1d_placement, pinning_refusal);
    FIELD(unet1d_placement, huge_pages_asked);
    FIELD(unet1d_placement, huge_pages_obtained);
    FIELD(unet1d_placement, huge_pages_refusal);
    FIELD(unet1d_placement, lock_asked);
    FIELD(unet1d_placement, lock_obtained);
    FIELD(unet1d_placement, lock_refusal);
    FIELD(unet1d_placement, numa_asked);
    FIELD(unet1d_placement, numa);
    FIELD(unet1d_placement, memory_nodes);
    FIELD(unet1d_placement, weight_copies);
    FIELD(unet1d_placement, huge_page_bytes);
    FIELD(unet1d_placement, memory_bytes);
    FIELD(unet1d_placement, memory_pages_asked);
    FIELD(unet1d_placement, memory_pages_obtained);
    FIELD(unet1d_placement, weight_pages_asked);
    FIELD(unet1d_placement, weight_pages_obtained);
    FIELD(unet1d_placement, memory_pages_refusal);
    FIELD(unet1d_placement, weight_pages_refusal);
    NUMBER(UNET1D_OK);
    NUMBER(UNET1D_INVALID_ARGUMENT);
    NUMBER(UNET1D_INVALID_HANDLE);
    NUMBER(UNET1D_INVALID_OPTIONS);
    NUMBER(UNET1D_CHECKPOINT);
    NUMBER(UNET1D_SHAPE);
    NUMBER(UNET1D_TIMESTEP);
    NUMBER(UNET1D_ISA);
    NUMBER(UNET1D_MEMORY);
    NUMBER(UNET1D_WORKERS);
    NUMBER(UNET1D_BUSY);
    NUMBER(sizeof(unet1d_status));
    NUMBER(UNET1D_SPIN_NONE);
    NUMBER(UNET1D_SPIN_FOREVER);
    NUMBER(UNET1D_POOL_UNPINNED);
    NUMBER(UNET1D_POOL_INHERIT_SCHEDULING);
    NUMBER(UNET1D_DTYPE_F32);
    NUMBER(UNET1D_DTYPE_F16);
    NUMBER(UNET1D_DTYPE_BF16);
    NUMBER(UNET1D_ISA_AUTO);
    NUMBER(UNET1D_ISA_GENERIC);
    NUMBER(UNET1D_ISA_AVX2);
    NUMBER(UNET1D_ISA_AVX512);
    NUMBER(UNET1D_ACCURACY_FAST);
    NUMBER(UNET1D_ACCURACY_STRICT);
    NUMBER(UNET1D_NUMA_AUTO);
    NUMBER(UNET1D_NUMA_OFF);
    NUMBER(UNET1D_NUMA_INTERLEAVE);
    NUMBER(UNET1D_NUMA_REPLICATE);
    NUMBER(UNET1D_SESSION_SMALL_PAGES);
    NUMBER(UNET1D_SESSION_LOCK_MEMORY);
    NUMBER(UNET1D_TIMESTEP_FLOAT);
    NUMBER(UNET1D_TIMESTEP_DOUBLE);
    NUMBER(UNET1D_TIMESTEP_INT64);
    NUMBER(UNET1D_TIMESTEP_PYTHON_FLOAT);
    return 0;
}
