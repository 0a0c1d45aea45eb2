// The contracts of the kernels: for each operation an argument struct with its formula above it, and the table of
// function pointers that every instruction set fills in.
//
// Layout. An activation is a matrix of rows, channels last. Positions are outermost and the batch lies inside them:
// the rows of a position's batch elements follow one another, so that a convolution's tap is one constant offset for
// every row of every batch element. A row has `channels` floats and is padded with zeros to a multiple of
// KERNEL_CHANNEL_BLOCK; "padded channels" below counts these. Strides and offsets are in floats unless said otherwise.
//
// Contract of every kernel: it computes tile `tile` of its operation, writes nothing but that tile's outputs and the
// first `scratch_bytes` of its scratch, allocates nothing, calls nothing but other kernels and <math.h>, and gives the
// same bits whoever runs it. Pointers to activations and weights are 64-byte aligned unless said otherwise.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Rows are padded to a multiple of this many channels: a cache line, and a vector of the widest instruction set.
#define KERNEL_CHANNEL_BLOCK 16

/// Activation functions. Source: diffusers 0.26.3, activations.py; `gelu` is the exact (erf) form.
enum kernel_activation {
    KERNEL_ACTIVATION_NONE = 0,
    KERNEL_ACTIVATION_GELU = 1,
    KERNEL_ACTIVATION_MISH = 2,
    KERNEL_ACTIVATION_SILU = 3,
    KERNEL_ACTIVATION_RELU = 4,
};

/// Element types of stored weights.
enum kernel_element {
    KERNEL_ELEMENT_F32 = 0,
    KERNEL_ELEMENT_F16 = 1,
    KERNEL_ELEMENT_BF16 = 2,
    KERNEL_ELEMENT_F64 = 3,
    /// Packed weights alone: bfloat16 of an even input and of the next, side by side.
    KERNEL_ELEMENT_BF16_PAIRS = 4,
};

// ---------------------------------------------------------------------------------------------------- Convolution

/// One input of a convolution. The second source of two is the skip: the concatenation is never made.
struct convolution_source {
    const float *x;            // row 0 of segment 0 as tap 0 reads it (may lie in the zero rows before position 0)
    ptrdiff_t channels;        // 0 if there is no such source
    ptrdiff_t row_stride;      // from a row of a segment to the next
    ptrdiff_t segment_stride;  // from a segment to the next
    ptrdiff_t tap_stride;      // from a tap to the next
};

/// y[s, i, o] = bias[o] + Σ_source Σ_t Σ_c x[s, i, t, c] · w[t, c, o]
///
/// Rows come in `segments` of `rows`, each with constant strides; tiles split the flattened rows s·rows + i and never
/// straddle anything else. Row (s, i) belongs to position s·segment_positions + i / rows_per_position, and tap t of
/// position l reads input position l·stride + t − padding: taps for which that lies outside 0 ..< input_length for all
/// rows of a block are skipped, the other reads outside meet zero rows.
/// weights: panels of `panel_columns` outputs (the last may be half as wide), each [source][t][c][panel_columns], of
/// `weight_element`: 16-bit elements are widened as they are read, and everything is summed in float.
/// A linear layer is the case of one tap, a transposed convolution of stride 2 is two of these with two taps each.
///
/// Sums of several parts (kernel_convolution_summed_planes) pass through y, so nothing else may lie over it.
/// In place: y may be source[0].x where there is one tap, of stride 1 and without padding, one column tile, and where the strides
/// of both and their padded channels agree. A tile then sets its rows of the source aside in scratch before it stores the first
/// output: KERNEL_CONVOLUTION_ARGUMENT_BYTES + 4·tile_rows·columns bytes. Otherwise it needs no scratch.
struct convolution_arguments {
    struct convolution_source source[2];
    const void *weights;
    ptrdiff_t weight_element;  // enum kernel_element: F32, F16, BF16; BF16_PAIRS of convolution_bfloat
    const float *bias;       // padded channels of y, zeros where the layer has no bias
    float *y;                // row 0 of segment 0
    ptrdiff_t y_row_stride;
    ptrdiff_t y_segment_stride;
    ptrdiff_t columns;       // padded channels of y
    ptrdiff_t segments;
    ptrdiff_t rows;          // rows a segment
    ptrdiff_t segment_positions;
    ptrdiff_t rows_per_position;
    ptrdiff_t taps;
    ptrdiff_t stride;
    ptrdiff_t padding;
    ptrdiff_t input_length;  // positions
    ptrdiff_t tile_rows;     // tile = row_tile · column_tiles + column_tile
    ptrdiff_t tile_panels;
    ptrdiff_t column_tiles;
};

/// Planes that the direct convolution sums by themselves before it adds the sum to y: sums of few terms round less. They have
/// up to 512 products of an output, or are one plane where it has more. A plane is a tap of a source; those of the first source
/// come first. `channels` is the larger of both sources'; pairs of inputs count as one channel.
static inline ptrdiff_t kernel_convolution_summed_planes(ptrdiff_t channels) {
    return channels <= 0 || channels >= 512 ? 1 : 512 / channels;
}

/// Bytes of scratch that hold a `struct convolution_arguments`, a multiple of 64.
#define KERNEL_CONVOLUTION_ARGUMENT_BYTES 256

/// `convolution` with products of bfloat16, for weights of BF16_PAIRS: y[s, i, o] = bias[o] + Σ_source Σ_t Σ_c bf16(x[s, i, t, c])
/// · w[t, c, o], summed in float. Each source has an even number of packed inputs, the last one zero where its channels are odd.
/// A tile first rounds the rows that it reads and writes them to scratch as pairs; so y may always be source[0].x where
/// `convolution` allows that. Scratch: KERNEL_CONVOLUTION_ARGUMENT_BYTES, then for each source the rows that
/// kernel_pair_rows says, of kernel_pairs words of 4 bytes each, then 64 bytes.

/// Pairs of a row of a source, one of 4 bytes each.
static inline ptrdiff_t kernel_pairs(const struct convolution_source *source) { return (source->channels + 1) / 2; }

/// Whether a tile's rows and their taps are rows of the source that follow one another; else each row has its taps apart.
static inline int kernel_pairs_are_flat(const struct convolution_arguments *a, const struct convolution_source *source) {
    return a->segments == 1 && source->row_stride > 0 && source->tap_stride % source->row_stride == 0;
}

/// Rows of pairs that a tile of `rows` rows has in scratch for a source.
static inline ptrdiff_t kernel_pair_rows(
    const struct convolution_arguments *a, const struct convolution_source *source, ptrdiff_t rows) {
    if (source->channels == 0) return 0;
    if (!kernel_pairs_are_flat(a, source)) return rows * a->taps;
    return rows + (a->taps - 1) * (source->tap_stride / source->row_stride);
}

/// Packs a weight for `convolution_arguments`:
/// packed[panel][source][t][c][o] = w[o, input(source, c), tap(t)], zero where there is no such output.
/// w is row-major with the given strides, so that linear, convolution and transposed convolution weights all fit.
/// `input_map` (null: identity) gives for each packed input over both sources the index in w, or −1 for zeros: the inputs of
/// attention's projection are heads padded to whole channel blocks.
struct pack_convolution_arguments {
    const float *w;
    ptrdiff_t output_stride, input_stride;  // in w
    ptrdiff_t tap_stride, tap_offset;       // tap t is at tap_offset + t·tap_stride in w
    ptrdiff_t outputs;                      // of w
    ptrdiff_t channels[2];                  // packed inputs of each source
    ptrdiff_t taps;
    ptrdiff_t columns;                      // padded outputs of the packed weight
    const int32_t *input_map;               // channels[0] + channels[1] entries or null
    float *packed;
};

// ---------------------------------------------------------------------------------------------------- Winograd

/// A form of Winograd's convolution of width 5. Its value is its number of points: of products for a group of positions.
/// A kernel ends the process when it is given another value.
enum __attribute__((enum_extensibility(open))) kernel_winograd_form : ptrdiff_t {
    /// One group of 2 positions that is the whole sequence: w₂·(x₀ + x₁), (w₃ − w₂)·x₁, (w₁ − w₂)·x₀. Karatsuba's form.
    KERNEL_WINOGRAD_WHOLE2 __attribute__((swift_name("whole2"))) = 3,
    /// F(2,5): groups of 2 positions, at 0, ±3/2, ±2/3, ∞.
    KERNEL_WINOGRAD_F25 __attribute__((swift_name("f25"))) = 6,
    /// One group of 4 positions that is the whole sequence, at 0, ±1, ±2, ±½. The form of Toom and Cook: the zeros around
    /// the sequence are known.
    KERNEL_WINOGRAD_WHOLE4 __attribute__((swift_name("whole4"))) = 7,
    /// F(4,5): groups of 4 positions, at 0, ±1, ±2, ±½, ∞.
    KERNEL_WINOGRAD_F45 __attribute__((swift_name("f45"))) = 8,
    /// F(6,5): groups of 6 positions, at 0, ±5/2, ±4/5, ±2/5, ∞, ±5/4. The last `tail_groups` groups have 4 positions, and
    /// need the first 8 points.
    KERNEL_WINOGRAD_F65 __attribute__((swift_name("f65"))) = 10,
    /// F(8,5): groups of 8 positions, at 0, ±8/3, ±2/3, ±3/8, ∞, ±3/2, ±1.
    KERNEL_WINOGRAD_F85 __attribute__((swift_name("f85"))) = 12,
    /// Groups of 28 positions by a Fourier transform of 32, with Gauss's three products for a complex one. Not Winograd's, but
    /// of the same shape.
    KERNEL_WINOGRAD_FOURIER28 __attribute__((swift_name("fourier28"))) = 47,
};

/// Channels that a form's products are summed over before the sum is added to the others: sums of few terms round less.
static inline ptrdiff_t kernel_winograd_summed_channels(enum kernel_winograd_form form) {
    switch (form) {
    case KERNEL_WINOGRAD_F65: return 64;
    case KERNEL_WINOGRAD_F85: return 16;
    default: return 128;
    }
}

/// The convolution of width 5, stride 1, padding 2, by a form of Winograd's:
/// y = Aᵀ·[(G·w) ⊙ (Bᵀ·x)], summed over channels.
/// A group of m positions from k reads positions k − 2 ..< k + m + 2 of one batch element, zero outside. A group that is the
/// whole sequence reads positions 0 ..< m, zero from `length` on.
/// Every group begins before `length`; outputs at positions beyond it are not written. A tile has the same groups of some batch
/// elements: all groups of a short sequence, so that what follows the convolution finds whole sequences in one tile. The tail
/// lies in one tile.
/// Channels are counted with their padding: `padded_channels` of both sources together are the depth.
/// weights: panels of panel_columns outputs (the last may be half as wide), each [point][c][panel_columns], of `weight_element`.
/// Weights of F16 have been multiplied with a power of two, so that small ones keep their bits. A float behind the last panel is
/// the inverse of that power; the kernel multiplies the transformed inputs with it.
/// tile = (element_tile · group_tiles + group_tile) · column_tiles + column_tile.
/// Source: Lavin and Gray, Fast Algorithms for Convolutional Neural Networks.
struct winograd_arguments {
    const float *x[2];              // position 0, batch element 0; the second may be null
    ptrdiff_t padded_channels[2];
    ptrdiff_t position_stride[2];
    ptrdiff_t row_stride[2];
    const void *weights;
    ptrdiff_t weight_element;       // enum kernel_element: F32, F16
    const float *bias;              // padded channels of y
    float *y;
    ptrdiff_t y_position_stride, y_row_stride;
    ptrdiff_t columns;              // padded channels of y
    ptrdiff_t batch, length;
    enum kernel_winograd_form form;
    ptrdiff_t groups, tail_groups;  // of a sequence, the tail included
    ptrdiff_t tile_elements;
    ptrdiff_t tile_groups, group_tiles;
    ptrdiff_t tile_panels, column_tiles;
    ptrdiff_t scratch_bytes;        // 4·points·tile_elements·tile_groups·(depth + KERNEL_CHANNEL_BLOCK + panel_columns)
};

/// Packs a weight for `winograd_arguments`: packed[panel][point][c][o] = Σ_t G[point, t] · w[o, c, t], in Double.
/// w is [outputs, channels, 5]; sources are padded, with zeros, to padded_channels. A tile is a panel.
struct pack_winograd_arguments {
    const float *w;
    ptrdiff_t outputs;
    ptrdiff_t channels[2];
    ptrdiff_t padded_channels[2];
    ptrdiff_t columns;
    enum kernel_winograd_form form;
    float *packed;
};

// ---------------------------------------------------------------------------------------------------- Normalisation

/// Statistics of a GroupNorm, by chunks of positions and parts of channels.
/// partials[b, chunk, part] = (mean, M2 = Σ (x − mean)²) over the channels of the part and the chunk's positions. A part is a
/// group; where there is one group, it is a tile's channels. Padding channels never count.
/// tile = (b · chunks + chunk) · channel_tiles + channel_tile.
struct statistics_arguments {
    const float *x;
    ptrdiff_t position_stride, batch_stride;
    ptrdiff_t length, channels, groups;      // channels is a multiple of groups
    ptrdiff_t chunk_positions, chunks;       // the last chunk may be shorter
    ptrdiff_t tile_channels, channel_tiles;  // whole channel blocks, and whole groups where there are several
    double *partials;                        // (batch, chunks, parts, 2)
    ptrdiff_t scratch_bytes;                 // 16 bytes a channel of a tile
};

/// Merges the partials of `statistics` in order, by Chan's formula in Double, to those of one chunk and whole groups.
/// merged[b, g] = (mean, M2). A tile is a batch element.
struct merge_arguments {
    const double *partials;
    ptrdiff_t length, channels, groups;
    ptrdiff_t chunk_positions, chunks;
    ptrdiff_t part_channels;  // of `statistics`: channels of a part where there is one group
    double *merged;           // (batch, groups, 2)
};

/// y[l, b, c] = factor[b, c] · act(norm(x[l, b, c])) + residual[l, b, c] + bias[b, c]
/// norm(x) = (x − mean) · gain[c] / √(variance + 1e-5) + shift[c], with the biased variance over the group's channels and
/// all positions. Chunks are merged in order by Chan's formula in Double.
/// Every term may be absent: gain null (no norm), factor null, residual null, bias null. Operands that have one batch element for
/// all of y's have a batch stride of 0.
/// With `partials` null a norm takes its own statistics: a tile then has all positions of some whole groups.
/// tile = (b · position_tiles + position_tile) · channel_tiles + channel_tile. y may be x or the residual.
struct combine_arguments {
    const float *x;
    ptrdiff_t x_position_stride, x_batch_stride;
    const float *residual;
    ptrdiff_t residual_position_stride, residual_batch_stride;
    const float *bias;
    ptrdiff_t bias_batch_stride;
    const float *factor;
    ptrdiff_t factor_batch_stride;
    float *y;
    ptrdiff_t y_position_stride, y_batch_stride;
    ptrdiff_t length, channels;
    ptrdiff_t groups;
    const float *gain, *shift;               // padded channels each, zeros behind `channels`
    const double *partials;
    ptrdiff_t partials_batch_stride;         // in doubles
    ptrdiff_t chunk_positions, chunks;
    ptrdiff_t part_channels;                 // of `statistics`: channels of a part where there is one group
    ptrdiff_t activation;                    // enum kernel_activation
    ptrdiff_t tile_positions, position_tiles;
    ptrdiff_t tile_channels, channel_tiles;  // tile_channels is a multiple of KERNEL_CHANNEL_BLOCK
    ptrdiff_t scratch_bytes;                 // 32 bytes a channel of a tile
};

/// `combine` with a norm and without partials, which also keeps what its gradient reads: moments[b, g] = (mean, M2).
struct combine_keeping_arguments {
    struct combine_arguments combine;
    double *moments;                         // (batch, groups, 2)
};

/// The gradient of y = act(norm(x)) with respect to x, for a gradient dy with respect to y.
/// With m the group's mean rounded to float and r = 1 / √(variance + 1e-5), of N values:
///   g = act′(norm(x)) · gain[c] · dy
///   dx = r · (g − mean(g) − x̂ · mean(g · x̂)), x̂ = (x − mean) · r
/// Without a norm (gain null) dx = act′(x) · dy. The means over a group come from sums of g and of g·(x − m).
/// Three kernels take this struct:
///   combine_gradient        does all of that; a tile has all positions of whole groups
///   combine_gradient_begin  writes g to dx, and sums[b, chunk, part] = (Σ g, Σ g·(x − m)); a tile is a chunk and its channels
///   combine_gradient_end    reads g where the others read dy, and the sums of all chunks in their order
/// The moments of x are partials as `combine` reads them. dx may be dy.
/// tile = (b · position_tiles + position_tile) · channel_tiles + channel_tile.
struct combine_gradient_arguments {
    const float *x;
    ptrdiff_t x_position_stride, x_batch_stride;
    const float *dy;
    ptrdiff_t dy_position_stride, dy_batch_stride;
    float *dx;
    ptrdiff_t dx_position_stride, dx_batch_stride;
    ptrdiff_t length, channels, groups;
    const float *gain, *shift;               // as of `combine`
    const double *partials;
    ptrdiff_t partials_batch_stride;         // in doubles
    ptrdiff_t chunk_positions, chunks, part_channels;
    double *sums;                            // (batch, sum_chunks, parts, 2)
    ptrdiff_t sums_batch_stride;             // in doubles
    ptrdiff_t sum_chunk_positions, sum_chunks, sum_part_channels;
    ptrdiff_t activation;                    // enum kernel_activation
    ptrdiff_t tile_positions, position_tiles;
    ptrdiff_t tile_channels, channel_tiles;  // tile_channels is a multiple of KERNEL_CHANNEL_BLOCK
    ptrdiff_t scratch_bytes;                 // 48 bytes a channel of a tile
};

/// y[l, c] = Σ_b x[l, b, c], in the order of b: the gradient of what one batch element gave to all.
/// A tile is tile_positions positions.
struct sum_elements_arguments {
    const float *x;
    ptrdiff_t x_position_stride, x_batch_stride;
    float *y;
    ptrdiff_t y_position_stride;
    ptrdiff_t batch, length, padded_channels;
    ptrdiff_t tile_positions;
};

// ---------------------------------------------------------------------------------------------------- Resampling

/// FIR resampling by 2 of every channel. A position is one vector of `width` floats: all batch elements.
/// Down: y[i] = Σ_j taps[j] · x[ρ(2i + j − 3)], i < ⌊length / 2⌋, ρ the reflection without repeated edge (length ≥ 4).
/// Up:   y[2m] = Σ_{j odd} taps[j] · x[ρ(m + (3 − j)/2)], y[2m + 1] = Σ_{j even} taps[j] · x[ρ(m + (4 − j)/2)]
///       with (3 − j)/2 + … = 1, 0, −1, −2 for j = 1, 3, 5, 7 and 2, 1, 0, −1 for j = 0, 2, 4, 6 (length ≥ 3).
/// Source: diffusers 0.26.3, resnet.py and unet_1d_blocks.py, Downsample1d and Upsample1d. A tile is tile_positions of y.
///
/// downsample_gradient and upsample_gradient are the transposes of the two: x is then the gradient with respect to what that
/// gave, y the one with respect to what it read, whose length is `output_length`. A position of y gathers all terms in which
/// it, or a reflection of it, was read.
struct resample_arguments {
    const float *x;
    float *y;
    const float *taps;  // 8
    ptrdiff_t length;   // of x
    ptrdiff_t output_length;
    ptrdiff_t width;
    ptrdiff_t tile_positions;
};

// ---------------------------------------------------------------------------------------------------- Attention

/// Keys of every head, transposed for the attention kernel:
/// y[b, h][panel][d][lane] = k[panel·panel_columns + lane, b, h·head_stride + d], zeros after the last key.
/// tile = (b · heads + h) · panel_tiles + panel_tile.
struct transpose_keys_arguments {
    const float *k;
    ptrdiff_t position_stride, batch_stride;
    ptrdiff_t length, heads;
    ptrdiff_t head_size;      // d counts 0 ..< head_size
    ptrdiff_t head_stride;    // head_size padded
    float *y;
    ptrdiff_t y_head_stride;  // panels · head_size · panel_columns
    ptrdiff_t tile_panels, panel_tiles;
};

/// Keys and values of every head for `attention_bfloat`: rounded to bfloat16, two in a word of 32 bits.
///   keys[b, h][panel][p][lane] = (k[j, 2p], k[j, 2p + 1]), with j = panel·panel_columns + lane
///   values[b, h][i][d] = (v[2i, d], v[2i + 1, d]), for d < head_stride
/// Elements beyond head_size and positions after the last one are zero; strides of keys and values count words.
/// tile = (b · heads + h) · panel_tiles + panel_tile. The scratch has room for 4·head_stride bytes.
struct pair_heads_arguments {
    const float *k;
    ptrdiff_t k_position_stride, k_batch_stride;
    const float *v;
    ptrdiff_t v_position_stride, v_batch_stride;
    ptrdiff_t length, heads;
    ptrdiff_t head_size, head_stride;
    float *keys;
    ptrdiff_t keys_head_stride;    // panels · ⌈head_size / 2⌉ · panel_columns
    float *values;
    ptrdiff_t values_head_stride;  // panels · panel_columns / 2 · head_stride
    ptrdiff_t tile_panels, panel_tiles;
};

/// y[l, b, h·head_stride + d] = Σ_j softmax_j(q[l, b, h] · k[j, b, h]) v[j, b, h, d]
/// The scale 1/√head_size is in the packed query weights. Streams over tiles of keys with a running maximum and sum:
/// there is no length × length matrix. tile = (b · heads + h) · query_tiles + query_tile.
/// `attention_bfloat` rounds queries and the exponentials to bfloat16, too, where they are multiplied; keys and values are as
/// pair_heads writes them. Scores, maxima and all sums are floats.
struct attention_arguments {
    const float *q;
    ptrdiff_t q_position_stride, q_batch_stride;
    const float *keys;        // as transpose_keys writes them
    ptrdiff_t keys_head_stride;
    const float *v;           // of `attention_bfloat` words, each for a pair of positions; its strides count words
    ptrdiff_t v_position_stride, v_batch_stride;
    ptrdiff_t v_head_stride;
    float *y;
    ptrdiff_t y_position_stride, y_batch_stride;
    ptrdiff_t length, heads;
    ptrdiff_t head_size;
    ptrdiff_t head_stride;    // head_size padded to a multiple of KERNEL_CHANNEL_BLOCK
    ptrdiff_t tile_queries, query_tiles;
    // 4·(attention_queries·(attention_keys + head_stride) + 3·lanes), of kernel_geometry; of `attention_bfloat`
    // 2·attention_queries·head_stride more.
    ptrdiff_t scratch_bytes;
};

/// The gradient of `attention` for a gradient dy with respect to y. With p[l, j] = softmax_j(q[l] · k[j]) of a batch element and
/// a head, and D[l] = Σ_d dy[l, d] · y[l, d]:
///   attention_gradient_queries  dq[l] = Σ_j p[l, j] · (dy[l] · v[j] − D[l]) · k[j], and for the other kernel
///                               rows[b, h] = (ln Σ_j exp(q[l] · k[j]) for each l, then D[l] for each l)
///   attention_gradient_keys     dk[j] = Σ_l p[l, j] · (dy[l] · v[j] − D[l]) · q[l], dv[j] = Σ_l p[l, j] · dy[l]
/// Both stream over tiles of positions: there is no length × length matrix. Panels are as transpose_keys writes them.
/// tile = (b · heads + h) · position_tiles + position_tile.
struct attention_gradient_arguments {
    const float *q, *k, *v;
    ptrdiff_t position_stride, batch_stride;  // of q, k and v
    const float *q_panels, *k_panels, *v_panels, *dy_panels;
    ptrdiff_t panels_head_stride;
    const float *y;
    ptrdiff_t y_position_stride, y_batch_stride;
    const float *dy;
    ptrdiff_t dy_position_stride, dy_batch_stride;
    float *rows;
    ptrdiff_t row_stride;                     // floats of one of a head's two rows, a multiple of attention_keys
    float *dq, *dk, *dv;
    ptrdiff_t gradient_position_stride, gradient_batch_stride;  // of dq, dk and dv
    ptrdiff_t length, heads;
    ptrdiff_t head_size;
    ptrdiff_t head_stride;
    ptrdiff_t tile_positions, position_tiles;
    ptrdiff_t scratch_bytes;  // 4·(2·attention_queries·(attention_keys + head_stride) + 3·lanes), of kernel_geometry
};

// ---------------------------------------------------------------------------------------------------- Edges

/// y[l, b, c] = sample[b, c, l] for c < channels, then embedding[b, c − channels] for `embedding_channels` more, then
/// zeros. tile = tile_positions positions, all batch elements. `sample` has no alignment.
struct gather_arguments {
    const float *sample;            // channels or positions first, as the strides say
    ptrdiff_t sample_batch_stride;  // 0 if one element serves all
    ptrdiff_t sample_channel_stride, sample_position_stride;
    ptrdiff_t channels;
    const float *embedding;         // rows of embedding_stride, or null
    ptrdiff_t embedding_stride;     // 0 if one row serves all
    ptrdiff_t embedding_channels;
    float *y;
    ptrdiff_t position_stride;      // of y
    ptrdiff_t padded_channels, batch, length;
    ptrdiff_t tile_positions;
};

/// output[b, c, l] = x[l, b, c]; `output` has no alignment. A tile is tile_positions positions, all batch elements.
struct scatter_arguments {
    const float *x;
    ptrdiff_t position_stride;
    ptrdiff_t padded_channels, channels, batch, length;
    float *output;  // channels or positions first, as the strides say; elements follow one another
    ptrdiff_t output_channel_stride, output_position_stride;
    ptrdiff_t tile_positions;
};

/// The sinusoidal embedding of each timestep, computed in Double.
/// a[t, k] = timestep[t] · frequencies[k]; y[t] = [cos a; sin a] if `cosine_first`, else [sin a; cos a], then zeros.
/// Fourier: frequency 2π·w. Positional: exp(−ln(10000)·k / (half − freq_shift)), the timestep rounded to float first.
/// Source: diffusers 0.26.3, embeddings.py. One tile.
struct embedding_arguments {
    const double *timesteps;
    const double *frequencies;
    ptrdiff_t count, half;
    ptrdiff_t cosine_first;
    ptrdiff_t round_timestep;
    float *y;
    ptrdiff_t y_stride;  // ≥ 2·half; the rest is zeroed
};

/// y[b] = [x[0 ..< length, b, c] for each c in turn (channel-major); embedding[b]; zeros]. One tile.
/// Source: diffusers 0.26.3, unet_1d_blocks.py, OutValueFunctionBlock.
struct flatten_arguments {
    const float *x;
    ptrdiff_t position_stride;
    ptrdiff_t padded_channels, channels, batch, length;
    const float *embedding;
    ptrdiff_t embedding_stride, embedding_channels;
    float *y;
    ptrdiff_t y_stride;
};

/// y[i] = Float(x[i]) for any element type; x needs no alignment. One tile.
struct widen_arguments {
    const void *x;
    int32_t element;  // enum kernel_element
    ptrdiff_t count;
    float *y;
};

/// y[i] = x[i], rounded to the nearest number of a 16-bit element type, ties to the even one; NaN stays NaN. One tile.
struct narrow_arguments {
    const float *x;
    ptrdiff_t element;  // enum kernel_element: F16 or BF16
    ptrdiff_t count;
    uint16_t *y;
};

/// y[i] = offset + scale · v(first + i), each operation rounded once to float, where v is the counter-based uniform
/// number in [−1, 1): z = splitmix64(hash + (index + 1)·0x9E3779B97F4A7C15), v = ((z >> 40) − 2²³) / 2²³.
/// `hash` is FNV-1a 64 of the tensor's name XOR the seed. The same bits on every instruction set. One tile.
struct uniform_arguments {
    uint64_t hash;
    ptrdiff_t first, count;
    float scale, offset;
    float *y;
};

// ---------------------------------------------------------------------------------------------------- Denoising

/// The weights of a sum over what a step of a denoising loop knows. Where a weight is 0, its operand adds nothing, not even
/// a NaN.
struct step_sum {
    float sample, output, estimate;
    float history[3];
    float last;
};

/// How the noise of a step is scaled by element, beyond its weight.
enum step_variance {
    STEP_VARIANCE_FIXED = 0,
    STEP_VARIANCE_ROOT = 1,         // √w
    STEP_VARIANCE_EXPONENTIAL = 2,  // exp(variance_offset + variance_slope · w)
};

/// One step of a denoising loop. For each element of each batch element, with the sums' weights in `estimate_sum` and so on:
///   e = estimate_sum(u, v), cut to ±limits[b].bound and multiplied by limits[b].scale where there are limits
///   k = kept_sum(u, v, e, h, l)
///   c = corrected_sum(u, v, e, h, l)
///   next = next_sum(u, v, e, h, l) + noise_weight · s · z, with s = 1 or as `variance` says of w
/// u, z, h and l are (batch, elements) without gaps. v begins a batch element every `output_stride` floats, and w, the
/// model's word on the variance, follows `elements` floats after it. Nothing needs an alignment. Outputs may be null. Each may
/// be any input of the same shape: an element is read before it is written.
struct step_arguments {
    const float *sample;                // u
    const float *output;                // v
    const float *history[3];            // h, the newest first
    const float *last;                  // l
    const float *noise;                 // z
    const struct step_limit {
        float bound, scale;
    } *limits;                          // for each batch element; null: none
    float *estimate;                    // e
    float *kept;                        // k
    float *corrected;                   // c
    float *next;
    struct step_sum estimate_sum, kept_sum, corrected_sum, next_sum;
    float noise_weight;                 // 0: z is not read
    int32_t variance;                   // enum step_variance
    float variance_offset, variance_slope;
    ptrdiff_t elements;                 // of a batch element
    ptrdiff_t output_stride;
    ptrdiff_t tile_elements;            // tile = batch element · element_tiles + element tile
    ptrdiff_t element_tiles;
};

// ---------------------------------------------------------------------------------------------------- Table

/// `arguments` is the struct of the operation, `tile` counts from 0, `scratch` is the worker's own, 64-byte aligned.
typedef void (*kernel_function)(const void *arguments, ptrdiff_t tile, void *scratch);

/// The properties of an instruction set that a plan depends on.
struct kernel_geometry {
    ptrdiff_t lanes;              // floats a vector
    ptrdiff_t panel_columns;      // outputs a packed panel
    ptrdiff_t block_rows;         // rows of the register block
    ptrdiff_t attention_keys;     // keys a step of the streaming softmax, a multiple of panel_columns
    ptrdiff_t attention_queries;  // queries of the register block
};

/// One instruction set's kernels.
struct kernel_table {
    struct kernel_geometry geometry;
    kernel_function convolution;
    kernel_function convolution_bfloat;
    kernel_function winograd;
    kernel_function statistics;
    kernel_function merge;
    kernel_function combine;
    kernel_function combine_keeping;
    kernel_function combine_gradient;
    kernel_function combine_gradient_begin;
    kernel_function combine_gradient_end;
    kernel_function sum_elements;
    kernel_function downsample;
    kernel_function upsample;
    kernel_function downsample_gradient;
    kernel_function upsample_gradient;
    kernel_function transpose_keys;
    kernel_function attention;
    kernel_function pair_heads;
    kernel_function attention_bfloat;
    kernel_function attention_gradient_queries;
    kernel_function attention_gradient_keys;
    kernel_function gather;
    kernel_function scatter;
    kernel_function embedding;
    kernel_function flatten;
    kernel_function pack_convolution;  // tile: a panel
    kernel_function pack_winograd;
    kernel_function widen;
    kernel_function narrow;
    kernel_function uniform;
    kernel_function step;
};
