#include "weight_gradient_factor.h"

#include <string.h>

#include "weight_gradient_layout.h"

cvk_block cvk_block_at(const cvk_convolution *s, size_t start, size_t end) {
    size_t row = start / s->output_width;
    return (cvk_block){
        .start = start,
        .count = end - start,
        .image = row / s->output_height,
        .row = row % s->output_height,
        .column = start % s->output_width,
    };
}

cvk_factor cvk_gradients(const cvk_convolution *s, const float *dy) {
    return (cvk_factor){
        .seen =
            {
                .images = s->images,
                .channels = s->outputs, .height = s->output_height, .width = s->output_width,
                .output_height = s->output_height, .output_width = s->output_width,
                .kernel_height = 1, .kernel_width = 1, .stride_height = 1, .stride_width = 1,
                .dilation_height = 1, .dilation_width = 1,
            },
        .activations = dy,
    };
}

/* Columns that lie side by side in a row of the input: `count` floats, which a position sees `offset` floats after the
   first channel of its first pixel and `row` rows below. Positions first..<last of an output row see all of them. */
typedef struct {
    size_t count;
    ptrdiff_t row, offset;
    size_t first, last;
} stretch;

/* The stretch that begins at `column` and ends before `end`. Without dilation all taps of a kernel row lie side by side. */
static stretch stretch_at(const cvk_convolution *s, size_t column, size_t end) {
    size_t tap = column / s->channels, row = tap / s->kernel_width, tap_of_row = tap % s->kernel_width;
    size_t last_tap = s->dilation_width == 1 ? (row + 1) * s->kernel_width : tap + 1;
    size_t count = minimum(last_tap * s->channels, end) - column, step = s->stride_width * s->channels;
    ptrdiff_t pixel = (ptrdiff_t)(tap_of_row * s->dilation_width) - (ptrdiff_t)s->padding_width;
    ptrdiff_t offset = pixel * (ptrdiff_t)s->channels + (ptrdiff_t)(column % s->channels);
    ptrdiff_t room = (ptrdiff_t)(s->width * s->channels) - (ptrdiff_t)count - offset;
    return (stretch){
        .count = count,
        .row = (ptrdiff_t)(row * s->dilation_height) - (ptrdiff_t)s->padding_height,
        .offset = offset,
        .first = offset < 0 ? divided_up((size_t)-offset, step) : 0,
        .last = room < 0 ? 0 : minimum((size_t)room / step + 1, s->output_width),
    };
}

/* a[i] = line[at + i] where that is in a line of `floats`, else 0, for i in 0..<count. */
static void gather_at_edge(const float *line, ptrdiff_t at, size_t floats, size_t count, float *a) {
    size_t first = at < 0 ? minimum((size_t)-at, count) : 0;
    ptrdiff_t room = (ptrdiff_t)floats - at;
    size_t last = room < (ptrdiff_t)first ? first : minimum((size_t)room, count);
    memset(a, 0, first * sizeof *a);
    memcpy(a + first, line + (at + (ptrdiff_t)first), (last - first) * sizeof *a);
    memset(a + last, 0, (count - last) * sizeof *a);
}

/* Writes what the positions column..<end of an output row see of `line`, a row of the input. */
static void gather_line(const cvk_convolution *s, const cvk_tile_kernel *k, const stretch *see, const float *line,
                        size_t column, size_t end, float *a, size_t a_step) {
    size_t step = s->stride_width * s->channels, floats = s->width * s->channels;
    ptrdiff_t at = (ptrdiff_t)(column * step) + see->offset;
    for (; column < end && (column < see->first || column >= see->last); column++, at += (ptrdiff_t)step, a += a_step) {
        gather_at_edge(line, at, floats, see->count, a);
    }
    if (column == end) return;
    size_t inside = minimum(see->last, end) - column;
    k->copy(line + at, step, inside, see->count, a, a_step);
    at += (ptrdiff_t)(inside * step);
    a += inside * a_step;
    for (column += inside; column < end; column++, at += (ptrdiff_t)step, a += a_step) {
        gather_at_edge(line, at, floats, see->count, a);
    }
}

/* Writes what the positions of a block see of a stretch: a[position][...]. */
static void gather_stretch(const cvk_convolution *s, const cvk_tile_kernel *k, const stretch *see, const float *x,
                           cvk_block block, float *a, size_t a_step) {
    while (block.count > 0) {
        size_t end = minimum(s->output_width, block.column + block.count), run = end - block.column;
        ptrdiff_t y = (ptrdiff_t)(block.row * s->stride_height) + see->row;
        if (y >= 0 && y < (ptrdiff_t)s->height) {
            const float *line = x + (block.image * s->height + (size_t)y) * s->width * s->channels;
            gather_line(s, k, see, line, block.column, end, a, a_step);
        } else {
            for (size_t r = 0; r < run; r++) memset(a + r * a_step, 0, see->count * sizeof *a);
        }
        a += run * a_step;
        block.count -= run;
        block.column = 0;
        if (++block.row == s->output_height) block.row = 0, block.image++;
    }
}

void cvk_pack(const cvk_factor *f, const cvk_tile_kernel *k, size_t column, size_t end, cvk_block block, float *target,
              size_t step) {
    while (column < end) {
        stretch see = stretch_at(&f->seen, column, end);
        gather_stretch(&f->seen, k, &see, f->activations, block, target, step);
        column += see.count;
        target += see.count;
    }
}
