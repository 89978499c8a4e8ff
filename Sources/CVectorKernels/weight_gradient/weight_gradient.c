#include "../include/weight_gradient.h"

#include <string.h>

#include "weight_gradient_factor.h"
#include "weight_gradient_layout.h"

/* Positions that are multiplied at a time. A panel then takes 20 KB and a tile's rows 8 KB, which fit a first level of
   cache of 32 KB together; 112 to 256 are alike within 2 %. */
enum { block_positions = 160 };

/* Tiles whose rows are packed at a time: with those positions 333 KB, which stay in the second level of cache while
   panels pass by. */
enum { chunk_tiles = 40 };

/* Scratch memory: the sums and for each part a packed panel and the packed rows. */
static size_t sums_size(const cvk_convolution *s, const cvk_tile_kernel *k) {
    return divided_up(sums_at(s, k, panels_of(s, k), 0), line_floats) * line_floats;
}

static size_t part_size(const cvk_tile_kernel *k) { return block_positions * (k->width + chunk_tiles * k->rows); }

size_t cvk_weight_gradient_scratch(const cvk_convolution *s, enum cvk_instruction_set instructions, size_t parts) {
    const cvk_tile_kernel *k = cvk_tile_kernel_for(instructions);
    return sums_size(s, k) + parts * part_size(k);
}

/* What the next block will read, `each` lines of it fetched into the second level of cache with each tile of this one (10
   to 30 % faster where activations come from the third). It need not be exact: it only saves time. */
typedef struct {
    const float *next[2];
    size_t lines[2];
    size_t each;
} lookahead;

/* Where in x the last row of the kernel is as seen from a position. */
static const float *newest_input(const cvk_convolution *s, const float *x, size_t position) {
    cvk_block at = cvk_block_at(s, position, position);
    size_t y = at.row * s->stride_height + (s->kernel_height - 1) * s->dilation_height;
    y = y < s->padding_height ? 0 : minimum(y - s->padding_height, s->height - 1);
    return x + ((at.image * s->height + y) * s->width + at.column * s->stride_width) * s->channels;
}

static lookahead look_ahead(const cvk_convolution *s, const float *x, const float *dy, size_t start, size_t end,
                            size_t tiles) {
    if (start == end) return (lookahead){.next = {x, dy}};
    const float *input = newest_input(s, x, start), *input_end = newest_input(s, x, end - 1) + s->channels;
    size_t inputs = (size_t)(input_end - input) / line_floats, outputs = (end - start) * s->outputs / line_floats;
    return (lookahead){
        .next = {input, dy + start * s->outputs},
        .lines = {inputs, outputs},
        .each = divided_up(inputs + outputs, tiles),
    };
}

/* Gives a tile its share of the lines to fetch. */
static void take(lookahead *ahead, cvk_tile *tile) {
    int i = ahead->lines[0] > 0 ? 0 : 1;
    tile->ahead = ahead->next[i];
    tile->ahead_lines = minimum(ahead->each, ahead->lines[i]);
    ahead->next[i] += tile->ahead_lines * line_floats;
    ahead->lines[i] -= tile->ahead_lines;
}

/* The factors of the product and how many tiles the rows of a panel make. */
typedef struct {
    cvk_factor rows, columns;
    size_t tiles;
} product;

static product product_of(const cvk_convolution *s, const cvk_tile_kernel *k, const float *x, const float *dy) {
    cvk_factor inputs = {*s, x}, outputs = cvk_gradients(s, dy);
    size_t tiles = divided_up(rows_of(s), k->rows);
    return outputs_are_wide(s) ? (product){inputs, outputs, tiles} : (product){outputs, inputs, tiles};
}

static size_t first_row(const product *p, size_t tile) { return start_of(tile, p->tiles, columns_of(&p->rows.seen)); }

/* A run of tiles, [panel][tile]: what one part computes. */
typedef struct {
    size_t start, end;
} share;

static void pack_panel(const product *p, const cvk_tile_kernel *k, size_t panel, cvk_block block, float *b) {
    size_t column = panel * k->width, end = minimum(column + k->width, columns_of(&p->columns.seen));
    if (end - column < k->width) memset(b, 0, block.count * k->width * sizeof *b);
    cvk_pack(&p->columns, k, column, end, block, b, k->width);
}

/* Adds the products of a block for tiles tile..<end of each panel. A tile's rows are packed when they are first
   needed. */
static void add_block(const cvk_convolution *s, const product *p, const cvk_tile_kernel *k, cvk_block block, share mine,
                      size_t tile, size_t end, bool add, float *sums, float *buffer, lookahead *ahead) {
    float *b = buffer, *packed = buffer + block_positions * k->width;
    for (size_t panel = mine.start / p->tiles; panel * p->tiles < mine.end; panel++) {
        size_t before = panel * p->tiles, first = before + tile < mine.start ? mine.start - before : tile;
        size_t last = minimum(end, mine.end - before);
        if (first >= last) continue;
        pack_panel(p, k, panel, block, b);
        for (size_t i = first; i < last; i++) {
            size_t row = first_row(p, i), rows = first_row(p, i + 1) - row;
            float *a = packed + (row - first_row(p, tile)) * block.count;
            if (before + i < mine.start + p->tiles) cvk_pack(&p->rows, k, row, row + rows, block, a, rows);
            cvk_tile t = {
                .count = block.count, .a = a, .b = b, .sums = sums + sums_at(s, k, panel, row), .add = add};
            take(ahead, &t);
            k->add(rows, &t);
        }
    }
}

void cvk_weight_gradient_add(const cvk_convolution *s, enum cvk_instruction_set instructions, const float *x, const float *dy,
                             bool first, float *scratch, size_t part, size_t parts) {
    const cvk_tile_kernel *k = cvk_tile_kernel_for(instructions);
    float *buffer = scratch + sums_size(s, k) + part * part_size(k);
    product p = product_of(s, k, x, dy);
    size_t tiles = panels_of(s, k) * p.tiles, chunks = divided_up(p.tiles, chunk_tiles);
    share mine = {start_of(part, parts, tiles), start_of(part + 1, parts, tiles)};
    if (mine.start == mine.end) return;
    size_t positions = s->images * s->output_height * s->output_width, blocks = divided_up(positions, block_positions);
    for (size_t i = 0; i < blocks; i++) {
        size_t start = start_of(i, blocks, positions), end = start_of(i + 1, blocks, positions);
        size_t next_end = i + 1 < blocks ? start_of(i + 2, blocks, positions) : end;
        lookahead ahead = look_ahead(s, x, dy, end, next_end, mine.end - mine.start);
        for (size_t j = 0; j < chunks; j++) {
            add_block(s, &p, k, cvk_block_at(s, start, end), mine, start_of(j, chunks, p.tiles),
                      start_of(j + 1, chunks, p.tiles), !first || i > 0, scratch, buffer, &ahead);
        }
    }
}
