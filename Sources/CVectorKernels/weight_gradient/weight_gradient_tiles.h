#ifndef CVK_WEIGHT_GRADIENT_TILES_H
#define CVK_WEIGHT_GRADIENT_TILES_H

#include <stdbool.h>
#include <stddef.h>

#include "../include/weight_gradient.h"

enum { line_floats = 16 }; /* of a line of cache */

/* One tile of a matrix product, `rows` by `width`, which stays in registers while positions stream by:

       sums[i * width + o] (+)= a[r * rows + i] * b[r * width + o], summed over r in 0..<count, count > 0

   The sums start at zero unless `add`. About `ahead_lines` lines of cache from `ahead` on, as many as there is time for, are
   fetched into the second level for later. */
typedef struct {
    size_t count;
    const float *a;
    const float *b;
    float *sums;
    bool add;
    const float *ahead;
    size_t ahead_lines;
} cvk_tile;

/* The inner loops for one instruction set. */
typedef struct {
    size_t rows;  /* of a tile, at most */
    size_t width; /* of a tile, always */

    void (*add)(size_t rows, const cvk_tile *tile);

    /* target[r * target_step + i] = source[r * source_step + i] for r in 0..<count and i in 0..<floats. */
    void (*copy)(const float *source, size_t source_step, size_t count, size_t floats, float *target,
                 size_t target_step);
} cvk_tile_kernel;

const cvk_tile_kernel *cvk_tile_kernel_for(enum cvk_instruction_set instructions);

#endif
