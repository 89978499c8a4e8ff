#include "../include/weight_gradient.h"

#include <string.h>

#include "weight_gradient_tiles.h"

/* Positions that are multiplied at a time. `b` then takes 14 KB, nearly half of the first level of cache, which it stays
   in while columns pass by; 96 to 128 are alike, 192 slower. */
enum { block_positions = 112 };

/* Columns that are gathered at a time: with those positions 136 KB, which stay in the second level of cache. */
enum { chunk_columns = 288 };

enum { line_floats = 16 };

static size_t divided_up(size_t value, size_t by) { return (value + by - 1) / by; }

static size_t minimum(size_t a, size_t b) { return a < b ? a : b; }

/* The start of piece `index` when `total` things are divided as evenly as may be. */
static size_t start_of(size_t index, size_t pieces, size_t total) { return total * index / pieces; }

static size_t columns_of(const cvk_convolution *s) { return s->kernel_height * s->kernel_width * s->channels; }

static size_t panels_of(const cvk_convolution *s, const cvk_tile_kernel *k) { return divided_up(s->outputs, k->width); }

/* Floats from one position to the next among gathered columns: an odd number of cache lines, so that positions fall into
   all sets of a cache. */
static size_t gathered_step(size_t columns) { return (divided_up(columns, line_floats) | 1) * line_floats; }

/* Scratch memory: the sums [panel][column][width] and for each part `b` and the gathered columns. */
static size_t sums_size(const cvk_convolution *s, const cvk_tile_kernel *k) {
    return divided_up(panels_of(s, k) * columns_of(s) * k->width, line_floats) * line_floats;
}

static size_t part_size(const cvk_tile_kernel *k) { return block_positions * (k->width + gathered_step(chunk_columns)); }

size_t cvk_weight_gradient_scratch(const cvk_convolution *s, enum cvk_instruction_set instructions, size_t parts) {
    const cvk_tile_kernel *k = cvk_tile_kernel_for(instructions);
    return sums_size(s, k) + parts * part_size(k);
}

/* Whether columns are read where they are: those of a position are its pixel, and pixels do not lie a multiple of 4096
   bytes apart, where they would push each other out of the caches (15 % slower than gathering them). */
static bool reads_in_place(const cvk_convolution *s) {
    return s->kernel_height == 1 && s->kernel_width == 1 && s->stride_height == 1 && s->stride_width == 1 &&
           s->padding_height == 0 && s->padding_width == 0 && s->channels % 1024 != 0;
}

/* Positions of dy, one after the other. */
typedef struct {
    size_t start, count;
    size_t image, row, column; /* of the first */
} block;

static block block_at(const cvk_convolution *s, size_t start, size_t end) {
    size_t row = start / s->output_width;
    return (block){
        .start = start,
        .count = end - start,
        .image = row / s->output_height,
        .row = row % s->output_height,
        .column = start % s->output_width,
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
                           block block, float *a, size_t a_step) {
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

/* The columns column..<end as a block of positions sees them, x[position * *step + i]: gathered in `buffer` or where
   they are. */
static const float *columns_at(const cvk_convolution *s, const cvk_tile_kernel *k, const float *x, block block,
                               size_t column, size_t end, float *buffer, size_t *step) {
    if (reads_in_place(s)) {
        *step = s->channels;
        return x + block.start * s->channels + column;
    }
    *step = gathered_step(end - column);
    for (float *a = buffer; column < end;) {
        stretch see = stretch_at(s, column, end);
        gather_stretch(s, k, &see, x, block, a, *step);
        column += see.count;
        a += see.count;
    }
    return buffer;
}

/* Writes the outputs of a panel, b[position][width], with zeros after the last. */
static void pack_outputs(const cvk_convolution *s, const cvk_tile_kernel *k, const float *dy, size_t panel, block block,
                         float *b) {
    size_t first = panel * k->width, count = minimum(k->width, s->outputs - first);
    if (count < k->width) memset(b, 0, block.count * k->width * sizeof *b);
    k->copy(dy + block.start * s->outputs + first, s->outputs, block.count, count, b, k->width);
}

/* What the next block will read, fetched into the second level of cache while this one is multiplied (10 % faster where
   activations come from the third). It need not be exact: it only saves time. */
typedef struct {
    const float *next[2];
    size_t lines[2];
} lookahead;

/* Where in x the last row of the kernel is as seen from a position. */
static const float *newest_input(const cvk_convolution *s, const float *x, size_t position) {
    block at = block_at(s, position, position);
    size_t y = at.row * s->stride_height + (s->kernel_height - 1) * s->dilation_height;
    y = y < s->padding_height ? 0 : minimum(y - s->padding_height, s->height - 1);
    return x + ((at.image * s->height + y) * s->width + at.column * s->stride_width) * s->channels;
}

static lookahead look_ahead(const cvk_convolution *s, const float *x, const float *dy, size_t start, size_t end) {
    if (start == end) return (lookahead){{dy, x}, {0, 0}};
    const float *input = newest_input(s, x, start), *input_end = newest_input(s, x, end - 1) + s->channels;
    return (lookahead){
        .next = {dy + start * s->outputs, input},
        .lines = {(end - start) * s->outputs / line_floats, (size_t)(input_end - input) / line_floats},
    };
}

/* Gives a tile its share of the lines to fetch, or where none are left one line that is at hand, again and again. */
static void take(lookahead *ahead, cvk_tile *tile) {
    tile->ahead = tile->b;
    tile->ahead_step = 0;
    for (int i = 0; i < 2; i++) {
        if (ahead->lines[i] == 0) continue;
        size_t lines = minimum(tile->count / 2, ahead->lines[i]);
        tile->ahead = ahead->next[i];
        tile->ahead_step = line_floats;
        ahead->next[i] += lines * line_floats;
        ahead->lines[i] -= lines;
        return;
    }
}

/* What one part computes: columns of panels. */
typedef struct {
    size_t panel, panel_end, column, column_end;
} share;

/* Parts take panels where columns are read in place, so that nothing is packed twice, and else columns, since gathering
   costs more than packing outputs. */
static share share_of(const cvk_convolution *s, const cvk_tile_kernel *k, size_t part, size_t parts) {
    size_t panels = panels_of(s, k), columns = columns_of(s);
    if (reads_in_place(s) && panels >= parts) {
        return (share){start_of(part, parts, panels), start_of(part + 1, parts, panels), 0, columns};
    }
    return (share){0, panels, start_of(part, parts, columns), start_of(part + 1, parts, columns)};
}

/* Adds the products of a block for the columns column..<end of a part's panels. */
static void add_block(const cvk_convolution *s, const cvk_tile_kernel *k, const float *x, const float *dy, block block,
                      const share *mine, size_t column, size_t end, bool add, float *sums, float *buffer,
                      lookahead *ahead) {
    float *b = buffer;
    cvk_tile tile = {.count = block.count, .b = b, .add = add};
    const float *a = columns_at(s, k, x, block, column, end, b + block_positions * k->width, &tile.a_step);
    size_t columns = end - column, tiles = divided_up(columns, k->rows);
    for (size_t panel = mine->panel; panel < mine->panel_end; panel++) {
        pack_outputs(s, k, dy, panel, block, b);
        float *panel_sums = sums + (panel * columns_of(s) + column) * k->width;
        for (size_t i = 0; i < tiles; i++) {
            size_t first = start_of(i, tiles, columns);
            tile.a = a + first;
            tile.sums = panel_sums + first * k->width;
            take(ahead, &tile);
            k->add(start_of(i + 1, tiles, columns) - first, &tile);
        }
    }
}

void cvk_weight_gradient_add(const cvk_convolution *s, enum cvk_instruction_set instructions, const float *x, const float *dy,
                             bool first, float *scratch, size_t part, size_t parts) {
    const cvk_tile_kernel *k = cvk_tile_kernel_for(instructions);
    float *buffer = scratch + sums_size(s, k) + part * part_size(k);
    share mine = share_of(s, k, part, parts);
    size_t columns = mine.column_end - mine.column;
    size_t chunks = reads_in_place(s) ? columns > 0 : divided_up(columns, chunk_columns);
    size_t positions = s->images * s->output_height * s->output_width, blocks = divided_up(positions, block_positions);
    for (size_t i = 0; i < blocks; i++) {
        size_t start = start_of(i, blocks, positions), end = start_of(i + 1, blocks, positions);
        lookahead ahead = look_ahead(s, x, dy, end, i + 1 < blocks ? start_of(i + 2, blocks, positions) : end);
        for (size_t j = 0; j < chunks; j++) {
            size_t column = mine.column + start_of(j, chunks, columns);
            size_t column_end = mine.column + start_of(j + 1, chunks, columns);
            add_block(s, k, x, dy, block_at(s, start, end), &mine, column, column_end, !first || i > 0, scratch, buffer,
                      &ahead);
        }
    }
}

/* Weights of one output that are turned at a time, in a buffer that lies in the first level of cache: written row by row
   from there they cost a third of what they do when every weight is read from a line of its own. */
enum { turned_weights = 128, widest = 32 };

static void store_weights(const cvk_convolution *s, const cvk_tile_kernel *k, const float *sums, size_t panel,
                          size_t weight, size_t end, float *dw) {
    float turned[widest][turned_weights];
    size_t taps = s->kernel_height * s->kernel_width, columns = columns_of(s), first = panel * k->width;
    for (size_t i = weight; i < end; i++) {
        const float *column = sums + (panel * columns + i % taps * s->channels + i / taps) * k->width;
        for (size_t o = 0; o < k->width; o++) turned[o][i - weight] = column[o];
    }
    for (size_t o = 0; o < minimum(k->width, s->outputs - first); o++) {
        memcpy(dw + (first + o) * columns + weight, turned[o], (end - weight) * sizeof *dw);
    }
}

void cvk_weight_gradient_store(const cvk_convolution *s, enum cvk_instruction_set instructions, const float *scratch, float *dw,
                               size_t part, size_t parts) {
    const cvk_tile_kernel *k = cvk_tile_kernel_for(instructions);
    size_t weights = columns_of(s), runs = divided_up(weights, turned_weights), pieces = panels_of(s, k) * runs;
    for (size_t i = start_of(part, parts, pieces); i < start_of(part + 1, parts, pieces); i++) {
        size_t run = i % runs;
        store_weights(s, k, scratch, i / runs, start_of(run, runs, weights), start_of(run + 1, runs, weights), dw);
    }
}
