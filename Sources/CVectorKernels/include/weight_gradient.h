#ifndef CVK_WEIGHT_GRADIENT_H
#define CVK_WEIGHT_GRADIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "instruction_sets.h"

/* The weight gradient of an ungrouped convolution, f32, on activations stored channels last:

       dw[k][c][p][q] = sum over n, i, j of
           dy[n][i][j][k] * x[n][i * stride_height + p * dilation_height - padding_height]
                             [j * stride_width + q * dilation_width - padding_width][c]

   where x is 0 outside the image. The batch comes in tiles of a few images. What has been summed so far lies in scratch
   memory in an order of its own and becomes dw, [K][C][P][Q] dense, after the last tile.

   Work is divided into parts that share nothing but scratch: each may run on a thread of its own. Every element is
   summed in the order of positions (n, i, j), in blocks that the sizes alone decide, so that the number of parts does
   not change a bit. */

typedef struct {
    size_t images;                               /* of this tile */
    size_t channels, height, width;              /* of x */
    size_t outputs, output_height, output_width; /* of dy */
    size_t kernel_height, kernel_width;
    size_t stride_height, stride_width;
    size_t padding_height, padding_width; /* above and to the left */
    size_t dilation_height, dilation_width;
} cvk_convolution;

/* Floats of scratch memory that `parts` parts need; `images` does not matter. */
size_t cvk_weight_gradient_scratch(const cvk_convolution *convolution, enum cvk_instruction_set instructions, size_t parts);

/* One part of adding a tile to the sums; with `first` the sums start at zero. `scratch` is aligned to 64 bytes, the same
   for all parts and all tiles of a batch, and kept between them. */
void cvk_weight_gradient_add(const cvk_convolution *convolution, enum cvk_instruction_set instructions, const float *x,
                             const float *dy, bool first, float *scratch, size_t part, size_t parts);

/* One part of writing the sums to dw, when all parts of the last tile have ended. */
void cvk_weight_gradient_store(const cvk_convolution *convolution, enum cvk_instruction_set instructions, const float *scratch,
                               float *dw, size_t part, size_t parts);

#endif
