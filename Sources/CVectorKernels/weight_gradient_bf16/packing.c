#include "packing.h"

#include <string.h>

#include "../clones.h"
#include "../shares.h"
#include "turn.h"

typedef uint16_t u16x32 __attribute__((ext_vector_type(32), aligned(2)));
typedef uint32_t u32x16 __attribute__((ext_vector_type(16), aligned(2)));

/* packed[c][p] = pixels[p][c] for 32 positions and `channels` (16 or 32) channels. A 32-bit lane of a pixel holds an even
   channel and the odd one after it. */
CVK_CLONES static void turn_pixels(const cvk_bf16 *const *pixels, size_t channels, cvk_bf16 *packed) {
    for (size_t odd = 0; odd < 2; odd++) {
        cvk_line pairs[16], turned[16];
        CVK_UNROLL for (int i = 0; i < 16; i++) {
            cvk_line first = *(const u32x16 *)pixels[2 * i], second = *(const u32x16 *)pixels[2 * i + 1];
            pairs[i] = odd ? first >> 16 | (second & 0xffff0000u) : (first & 0xffffu) | second << 16;
        }
        cvk_turn_lines(pairs, turned);
        CVK_UNROLL for (size_t i = 0; i < 8; i++) *(u32x16 *)(packed + (2 * i + odd) * cvk_group) = turned[i];
        if (channels == 16) continue;
        CVK_UNROLL for (size_t i = 8; i < 16; i++) *(u32x16 *)(packed + (2 * i + odd) * cvk_group) = turned[i];
    }
}

/* packed[p / 2][o][p % 2] = pixels[p][o] for 32 positions and 32 outputs. */
CVK_CLONES static void interleave_pixels(const cvk_bf16 *const *pixels, cvk_bf16 *packed) {
    for (int p = 0; p < 32; p += 2, packed += 64) {
        u16x32 a = *(const u16x32 *)pixels[p], b = *(const u16x32 *)pixels[p + 1];
        *(u16x32 *)packed = __builtin_shufflevector(a, b, 0, 32, 1, 33, 2, 34, 3, 35, 4, 36, 5, 37, 6, 38, 7, 39, 8, 40, 9, 41,
                                                    10, 42, 11, 43, 12, 44, 13, 45, 14, 46, 15, 47);
        *(u16x32 *)(packed + 32) =
            __builtin_shufflevector(a, b, 16, 48, 17, 49, 18, 50, 19, 51, 20, 52, 21, 53, 22, 54, 23, 55, 24, 56, 25, 57, 26,
                                    58, 27, 59, 28, 60, 29, 61, 30, 62, 31, 63);
    }
}

static const cvk_bf16 zeros[cvk_group];

/* The pixels of a tensor in the order of packed positions, zeros where there are none. */
typedef struct {
    const cvk_bf16 *tensor;
    ptrdiff_t image_elements, row_elements, first_row, row_step, first_offset, column_step;
    ptrdiff_t images, rows, columns; /* that there are */
    ptrdiff_t row_pitch, column_pitch;
    ptrdiff_t image, row, column; /* of the next position */
} walk;

static void move_to(walk *w, ptrdiff_t position) {
    ptrdiff_t of_image = w->row_pitch * w->column_pitch;
    w->image = position >= 0 ? position / of_image : -((of_image - 1 - position) / of_image);
    position -= w->image * of_image;
    w->row = position / w->column_pitch;
    w->column = position % w->column_pitch;
}

/* What a position reads: elements first..<end, 0 before and after; none where `end` is 0. */
typedef struct {
    const cvk_bf16 *at;
    ptrdiff_t first, end;
} pixel;

static void next_pixels(walk *w, size_t count, pixel *pixels) {
    for (size_t i = 0; i < count;) {
        bool inside = w->image >= 0 && w->image < w->images && w->row < w->rows;
        ptrdiff_t row_of_image = w->first_row + w->row * w->row_step;
        const cvk_bf16 *row = w->tensor + w->image * w->image_elements + row_of_image * w->row_elements;
        for (; i < count && w->column < w->column_pitch; i++, w->column++) {
            ptrdiff_t offset = w->first_offset + w->column * w->column_step;
            bool is_read = inside && w->column < w->columns && offset < w->row_elements;
            pixels[i] = (pixel){row + offset, offset < 0 ? -offset : 0, is_read ? w->row_elements - offset : 0};
        }
        if (w->column < w->column_pitch) return;
        w->column = 0;
        if (++w->row == w->row_pitch) w->row = 0, w->image++;
    }
}

/* 32 elements of a pixel, those from `start` on of which `count` matter: where they are, with whatever comes after them,
   or where the row does not have as many, copied to `buffer`. */
static const cvk_bf16 *elements_of(const pixel *from, size_t start, size_t count, cvk_bf16 *buffer) {
    if (from->end == 0) return zeros;
    if (from->first == 0 && from->end >= (ptrdiff_t)(start + cvk_group)) return from->at + start;
    size_t first = minimum((size_t)from->first, count), end = minimum((size_t)from->end - start, count);
    memset(buffer, 0, cvk_group * sizeof *buffer);
    if (first < end) memcpy(buffer + first, from->at + start + first, (end - first) * sizeof *buffer);
    return buffer;
}

cvk_reading cvk_reading_of(const cvk_convolution *s) {
    cvk_reading r = {.seen = *s, .row_elements = s->width * s->channels, .position_step = s->stride_width * s->channels};
    if (s->kernel_width == 1 || s->dilation_width > 1 || s->kernel_width * s->channels > cvk_group) return r;
    r.first_offset = -(ptrdiff_t)(s->padding_width * s->channels);
    r.seen.channels *= s->kernel_width;
    r.seen.width = s->output_width;
    r.seen.kernel_width = r.seen.stride_width = 1;
    r.seen.padding_width = 0;
    return r;
}

/* One group of positions of one phase; pixels[0] is the one before it. */
static void pack_group(size_t channels, size_t copy, const pixel *pixels, cvk_bf16 *packed, size_t packed_step) {
    cvk_bf16 buffer[cvk_group][cvk_group];
    const cvk_bf16 *elements[cvk_group];
    for (size_t channel = 0; channel < channels; channel += cvk_group, packed += packed_step) {
        size_t count = minimum(channels - channel, cvk_group);
        for (size_t i = 0; i < cvk_group; i++) elements[i] = elements_of(pixels + i + 1 - copy, channel, count, buffer[i]);
        turn_pixels(elements, count > 16 ? 32 : 16, packed);
    }
}

void cvk_pack_input(const cvk_reading *r, const cvk_positions *p, cvk_chunk chunk, const cvk_bf16 *x, cvk_bf16 *packed,
                    size_t packed_groups, size_t part, size_t parts) {
    const cvk_convolution *s = &r->seen;
    size_t groups = chunk.count / cvk_group, phases = p->rows.phases * p->columns.phases;
    size_t first = start_of(part, parts, groups), end = start_of(part + 1, parts, groups);
    size_t phase_step = divided_up(s->channels, cvk_group) * packed_groups * cvk_block;
    for (size_t phase = 0; phase < phases; phase++) {
        size_t row = cvk_remainder(&p->rows, phase / p->columns.phases);
        size_t column = cvk_remainder(&p->columns, phase % p->columns.phases);
        walk w = {
            .tensor = x,
            .image_elements = (ptrdiff_t)(s->height * r->row_elements),
            .row_elements = (ptrdiff_t)r->row_elements,
            .first_row = (ptrdiff_t)row,
            .row_step = (ptrdiff_t)p->rows.stride,
            .first_offset = r->first_offset + (ptrdiff_t)(column * s->channels),
            .column_step = (ptrdiff_t)r->position_step,
            .images = (ptrdiff_t)p->images,
            .rows = (ptrdiff_t)cvk_packed_extent(&p->rows, row),
            .columns = (ptrdiff_t)cvk_packed_extent(&p->columns, column),
            .row_pitch = (ptrdiff_t)p->rows.pitch,
            .column_pitch = (ptrdiff_t)p->columns.pitch,
        };
        move_to(&w, (ptrdiff_t)(chunk.start + first * cvk_group) - 1);
        pixel pixels[1 + cvk_group];
        next_pixels(&w, 1, pixels);
        for (size_t i = first; i < end; i++, pixels[0] = pixels[cvk_group]) {
            next_pixels(&w, cvk_group, pixels + 1);
            for (size_t copy = 0; copy < p->copies; copy++) {
                cvk_bf16 *target = packed + (copy * phases + phase) * phase_step + i * cvk_block;
                pack_group(s->channels, copy, pixels, target, packed_groups * cvk_block);
            }
        }
    }
}

void cvk_pack_outputs(const cvk_convolution *s, const cvk_positions *p, cvk_chunk chunk, const cvk_bf16 *dy, cvk_bf16 *packed,
                      size_t packed_groups, size_t part, size_t parts) {
    size_t groups = (p->before + chunk.count + p->after) / cvk_group, row = s->output_width * s->outputs;
    size_t first = start_of(part, parts, groups), end = start_of(part + 1, parts, groups);
    walk w = {
        .tensor = dy,
        .image_elements = (ptrdiff_t)(s->output_height * row),
        .row_elements = (ptrdiff_t)row,
        .row_step = 1,
        .column_step = (ptrdiff_t)s->outputs,
        .images = (ptrdiff_t)p->images,
        .rows = (ptrdiff_t)s->output_height,
        .columns = (ptrdiff_t)s->output_width,
        .row_pitch = (ptrdiff_t)p->rows.pitch,
        .column_pitch = (ptrdiff_t)p->columns.pitch,
    };
    move_to(&w, (ptrdiff_t)(chunk.start + first * cvk_group) - (ptrdiff_t)p->before);
    pixel pixels[cvk_group];
    cvk_bf16 buffer[cvk_group][cvk_group];
    const cvk_bf16 *elements[cvk_group];
    for (size_t i = first; i < end; i++) {
        next_pixels(&w, cvk_group, pixels);
        cvk_bf16 *target = packed + i * cvk_block;
        for (size_t output = 0; output < s->outputs; output += cvk_group, target += packed_groups * cvk_block) {
            size_t count = minimum(s->outputs - output, cvk_group);
            for (size_t j = 0; j < cvk_group; j++) elements[j] = elements_of(pixels + j, output, count, buffer[j]);
            interleave_pixels(elements, target);
        }
    }
}
