#ifndef CVK_WINOGRAD_KERNELS_H
#define CVK_WINOGRAD_KERNELS_H

#include <stdbool.h>
#include <stddef.h>

#include "../include/instruction_sets.h"

/* Points of a transformed patch: 6x6. */
enum { winograd_points = 36 };

/* Part of a product at one point, which stays in registers while channels stream by:

       m[t * m_step + k] (+)= v[t * v_step + c] * u[c * width + k], summed over c in 0..<channels

   The sums start at zero unless `add`. `ahead` floats behind each channel of `u` are fetched into the second level of
   cache for later. */
typedef struct {
    size_t channels;
    const float *v;
    size_t v_step;
    const float *u;
    float *m;
    size_t m_step;
    bool add;
    size_t ahead;
} winograd_product;

/* Where 3x3 weights w[row * 3 + column] of one channel lie: `turned` in the order opposite to that in memory, those of
   the next output `output_step` floats further. */
typedef struct {
    const float *w;
    size_t output_step;
    bool turned;
} winograd_weights;

/* The inner loops for one instruction set. */
typedef struct {
    size_t tiles; /* of a product, at most */
    size_t width; /* outputs of a product, always */

    /* v[point * point_step + c], transformed from a patch x[row * row_step + column * channels + c]. */
    void (*transform_input)(const float *x, size_t row_step, size_t channels, float *v, size_t point_step);

    /* u[point * point_step + k] for `width` outputs. */
    void (*transform_weights)(const winograd_weights *weights, float *u, size_t point_step);

    void (*multiply)(size_t tiles, const winograd_product *product);

    /* y[row * row_step + column * column_step + k] for `width` outputs from m[point * width + k], of a tile's first
       `rows` and `columns` only. */
    void (*transform_output)(const float *m, size_t rows, size_t columns, float *y, size_t row_step,
                             size_t column_step);
} winograd_kernels;

const winograd_kernels *winograd_kernels_for(enum cvk_instruction_set instructions);

#endif
