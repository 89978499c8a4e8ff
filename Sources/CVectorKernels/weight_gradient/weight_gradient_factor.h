#ifndef CVK_WEIGHT_GRADIENT_FACTOR_H
#define CVK_WEIGHT_GRADIENT_FACTOR_H

#include "weight_gradient_tiles.h"

/* Positions of dy, one after the other. */
typedef struct {
    size_t start, count;
    size_t image, row, column; /* of the first */
} cvk_block;

cvk_block cvk_block_at(const cvk_convolution *s, size_t start, size_t end);

/* A factor of the product, [position][column]: what the kernel of a convolution sees of activations. */
typedef struct {
    cvk_convolution seen;
    const float *activations;
} cvk_factor;

/* dy, as a convolution by 1 x 1 sees it. */
cvk_factor cvk_gradients(const cvk_convolution *s, const float *dy);

/* Writes columns column..<end of a factor at a block's positions, target[position * step + column]. */
void cvk_pack(const cvk_factor *f, const cvk_tile_kernel *k, size_t column, size_t end, cvk_block block, float *target,
              size_t step);

#endif
