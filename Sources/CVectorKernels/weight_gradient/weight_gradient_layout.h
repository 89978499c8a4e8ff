#ifndef CVK_WEIGHT_GRADIENT_LAYOUT_H
#define CVK_WEIGHT_GRADIENT_LAYOUT_H

#include "../shares.h"
#include "weight_gradient_tiles.h"

/* The sums are a matrix with outputs on one side and columns on the other: what the kernel sees of x, [tap][channel].
   The narrow side is divided into the rows of tiles, all of which are packed before the wide side passes by in panels of
   a tile's width: rows cost more to pack than columns, and there are more panels to use them. */

static inline size_t columns_of(const cvk_convolution *s) { return s->kernel_height * s->kernel_width * s->channels; }

static inline bool outputs_are_wide(const cvk_convolution *s) { return s->outputs > columns_of(s); }

static inline size_t rows_of(const cvk_convolution *s) { return minimum(s->outputs, columns_of(s)); }

static inline size_t panels_of(const cvk_convolution *s, const cvk_tile_kernel *k) {
    return divided_up(outputs_are_wide(s) ? s->outputs : columns_of(s), k->width);
}

/* Where the sums of a row begin, [panel][row][width]. */
static inline size_t sums_at(const cvk_convolution *s, const cvk_tile_kernel *k, size_t panel, size_t row) {
    return (panel * rows_of(s) + row) * k->width;
}

#endif
