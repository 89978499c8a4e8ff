#include "../include/weight_gradient_bf16.h"

#include <stdlib.h>

#include "../shares.h"
#include "packing.h"
#include "products.h"
#include "turn.h"

/* What is packed of a chunk for one thread: it leaves room for the sums in the second level of cache. */
enum { chunk_bytes = 768 * 1024 };

/* Groups of positions whose products with all taps are taken together: with as many, 32 rows of each matrix take 32 KB,
   which stay in the first level of cache. */
enum { block_groups = 8 };

/* A chunk has at least as many times the positions that lie around it, which are packed again for each. */
enum { least_share = 8 };

/* What a tap of the kernel multiplies: a matrix of x with dy from `position` on. */
typedef struct {
    size_t matrix; /* [copy][phase] */
    size_t position;
} tap;

/* In scratch memory lie the sums [group of outputs][group of channels][tap][channel][output] and then both matrices of a
   chunk, packed. */
struct cvk_weight_gradient_bf16 {
    cvk_convolution convolution;
    cvk_reading reading;
    cvk_positions positions;
    const cvk_bf16_kernel *kernel;
    size_t parts, chunks, channel_groups, output_groups;
    size_t x_groups, dy_groups;   /* groups of positions in a chunk */
    size_t sums_count, x_count;   /* elements */
    size_t bytes;
    size_t tap_count;
    tap taps[];
};

static size_t matrices_of(const cvk_positions *p) { return p->copies * p->rows.phases * p->columns.phases; }

static size_t groups_around(const cvk_positions *p) { return (p->before + p->after) / cvk_group; }

static size_t chunks_of(const cvk_weight_gradient_bf16 *p) {
    size_t groups = p->positions.count / cvk_group, least = 1 + least_share * groups_around(&p->positions);
    size_t group_bytes = (matrices_of(&p->positions) * p->channel_groups + p->output_groups) * cvk_block * sizeof(cvk_bf16);
    size_t chunks = divided_up(groups * group_bytes, chunk_bytes * p->parts);
    return minimum(chunks, divided_up(groups, least));
}

static tap tap_at(const cvk_positions *p, size_t index) {
    ptrdiff_t shift = cvk_shift(p, index);
    size_t copy = shift % 2 != 0;
    return (tap){
        .matrix = copy * p->rows.phases * p->columns.phases + cvk_phase_of(p, index),
        .position = (size_t)((ptrdiff_t)p->before - (ptrdiff_t)copy - shift),
    };
}

cvk_weight_gradient_bf16 *cvk_weight_gradient_bf16_plan(const cvk_convolution *s, enum cvk_bf16_products products,
                                                        size_t parts) {
    cvk_reading reading = cvk_reading_of(s);
    size_t taps = reading.seen.kernel_height * reading.seen.kernel_width;
    cvk_weight_gradient_bf16 *p = malloc(sizeof *p + taps * sizeof *p->taps);
    if (!p) return NULL;
    *p = (cvk_weight_gradient_bf16){
        .convolution = *s,
        .reading = reading,
        .positions = cvk_positions_of(&reading.seen),
        .kernel = cvk_bf16_kernel_for(products),
        .parts = parts,
        .channel_groups = divided_up(reading.seen.channels, cvk_group),
        .output_groups = divided_up(s->outputs, cvk_group),
        .tap_count = taps,
    };
    for (size_t i = 0; i < taps; i++) p->taps[i] = tap_at(&p->positions, i);
    p->chunks = chunks_of(p);
    p->x_groups = divided_up(p->positions.count / cvk_group, p->chunks);
    p->dy_groups = p->x_groups + groups_around(&p->positions);
    p->sums_count = p->output_groups * p->channel_groups * taps * cvk_block;
    p->x_count = matrices_of(&p->positions) * p->channel_groups * p->x_groups * cvk_block;
    p->bytes = p->sums_count * sizeof(float) +
               (p->x_count + p->output_groups * p->dy_groups * cvk_block) * sizeof(cvk_bf16);
    return p;
}

void cvk_weight_gradient_bf16_free(cvk_weight_gradient_bf16 *p) { free(p); }

size_t cvk_weight_gradient_bf16_chunks(const cvk_weight_gradient_bf16 *p) { return p->chunks; }

size_t cvk_weight_gradient_bf16_scratch(const cvk_weight_gradient_bf16 *p) { return p->bytes; }

static cvk_bf16 *packed_x(const cvk_weight_gradient_bf16 *p, void *scratch) {
    return (cvk_bf16 *)((float *)scratch + p->sums_count);
}

static cvk_bf16 *packed_dy(const cvk_weight_gradient_bf16 *p, void *scratch) { return packed_x(p, scratch) + p->x_count; }

static cvk_chunk chunk_at(const cvk_weight_gradient_bf16 *p, size_t index) {
    size_t groups = p->positions.count / cvk_group;
    size_t start = start_of(index, p->chunks, groups), end = start_of(index + 1, p->chunks, groups);
    return (cvk_chunk){start * cvk_group, (end - start) * cvk_group};
}

void cvk_weight_gradient_bf16_pack(const cvk_weight_gradient_bf16 *p, size_t chunk, const cvk_bf16 *x, const cvk_bf16 *dy,
                                   void *scratch, size_t part) {
    cvk_pack_input(&p->reading, &p->positions, chunk_at(p, chunk), x, packed_x(p, scratch), p->x_groups, part, p->parts);
    cvk_pack_outputs(&p->convolution, &p->positions, chunk_at(p, chunk), dy, packed_dy(p, scratch), p->dy_groups, part,
                     p->parts);
}

/* Adds the products of `count` groups of positions from `first` for one group of outputs and one of channels. */
static void add_products(const cvk_weight_gradient_bf16 *p, size_t outputs, size_t channels, size_t first, size_t count,
                         bool add, void *scratch) {
    size_t rows = minimum(p->reading.seen.channels - channels * cvk_group, cvk_group);
    float *sums = (float *)scratch + (outputs * p->channel_groups + channels) * p->tap_count * cvk_block;
    const cvk_bf16 *x = packed_x(p, scratch) + (channels * p->x_groups + first) * cvk_block;
    const cvk_bf16 *dy = packed_dy(p, scratch) + (outputs * p->dy_groups + first) * cvk_block;
    for (size_t i = 0; i < p->tap_count; i++) {
        cvk_bf16_block block = {
            .groups = count,
            .a = x + p->taps[i].matrix * p->channel_groups * p->x_groups * cvk_block,
            .b = dy + p->taps[i].position * cvk_group,
            .sums = sums + i * cvk_block,
            .add = add,
        };
        p->kernel->add(rows > 16 ? 32 : 16, &block);
    }
}

void cvk_weight_gradient_bf16_add(const cvk_weight_gradient_bf16 *p, size_t chunk, bool first, void *scratch, size_t part) {
    size_t groups = chunk_at(p, chunk).count / cvk_group, blocks = divided_up(groups, block_groups);
    size_t pairs = p->output_groups * p->channel_groups;
    p->kernel->begin();
    for (size_t pair = start_of(part, p->parts, pairs); pair < start_of(part + 1, p->parts, pairs); pair++) {
        for (size_t i = 0; i < blocks; i++) {
            size_t start = start_of(i, blocks, groups), count = start_of(i + 1, blocks, groups) - start;
            add_products(p, pair / p->channel_groups, pair % p->channel_groups, start, count, !first || i > 0, scratch);
        }
    }
    p->kernel->end();
}

/* to[o][c] = sums[c][o], both 32 by 32. */
static void turn_group(const float *sums, float *to, size_t to_step) {
    for (size_t o = 0; o < cvk_group; o += 16) {
        for (size_t c = 0; c < cvk_group; c += 16) {
            cvk_turn(sums + c * cvk_group + o, cvk_group, to + o * to_step + c, to_step);
        }
    }
}

/* Writes what one group of outputs has of one group of channels, which lies in the first level of cache by then. */
static void store_group(const cvk_weight_gradient_bf16 *p, const float *sums, size_t outputs, size_t channels, float *dw) {
    const cvk_convolution *s = &p->convolution;
    size_t folded = p->reading.seen.channels / s->channels; /* taps that were taken for channels */
    size_t first = channels * cvk_group, end = minimum(first + cvk_group, p->reading.seen.channels);
    size_t output = outputs * cvk_group, output_end = minimum(output + cvk_group, s->outputs);
    if (p->tap_count * folded == 1 && end - first == cvk_group && output_end - output == cvk_group) {
        return turn_group(sums, dw + output * s->channels + first, s->channels);
    }
    for (size_t o = output; o < output_end; o++) {
        for (size_t c = first; c < end; c++) {
            float *weights = dw + (o * s->channels + c % s->channels) * p->tap_count * folded + c / s->channels;
            const float *sum = sums + (c - first) * cvk_group + o % cvk_group;
            for (size_t i = 0; i < p->tap_count; i++) weights[i * folded] = sum[i * cvk_block];
        }
    }
}

void cvk_weight_gradient_bf16_store(const cvk_weight_gradient_bf16 *p, const void *scratch, float *dw, size_t part) {
    size_t pairs = p->output_groups * p->channel_groups;
    for (size_t pair = start_of(part, p->parts, pairs); pair < start_of(part + 1, p->parts, pairs); pair++) {
        const float *sums = (const float *)scratch + pair * p->tap_count * cvk_block;
        store_group(p, sums, pair / p->channel_groups, pair % p->channel_groups, dw);
    }
}
