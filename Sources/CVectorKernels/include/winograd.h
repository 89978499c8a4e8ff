#ifndef CVK_WINOGRAD_H
#define CVK_WINOGRAD_H

#include <stddef.h>

#include "instruction_sets.h"
#include "weight_gradient.h"

/* A 3x3 convolution, f32, on activations stored channels last, with a quarter of the multiplications: Winograd's
   F(4x4, 3x3) of Lavin & Gray 2015, "Fast Algorithms for Convolutional Neural Networks" (arXiv 1509.09308). Outputs come
   in tiles of 4x4, each from a patch d of 6x6 inputs that overlaps its neighbours' by two, zeros outside the image:

       y = A^T [ sum over channels of (G g G^T) * (B^T d B) ] A

   where * multiplies element by element: at each of 36 points the transformed patches of many tiles and the transformed
   weights make a matrix product.

   The convolution is ungrouped, with strides and dilation of 1, padding of at most 2, and multiples of 32 for channels
   and outputs. The input gradient is a convolution of this kind too: of dy, with as many channels as there were outputs,
   padding of 2 less what it was, and weights turned by half a turn.

   Work is divided into parts that share nothing they write: each may run on a thread of its own. Every output is
   computed alike wherever its tile begins, so that neither the number of parts nor the images of a batch's tile change a
   bit. */

/* Floats of transformed weights: `images` and the sizes of x and y do not matter. */
size_t cvk_winograd_weights(const cvk_convolution *convolution, enum cvk_instruction_set instructions);

/* Floats of scratch memory that `parts` parts need. */
size_t cvk_winograd_scratch(const cvk_convolution *convolution, enum cvk_instruction_set instructions, size_t parts);

/* How the weights lie that are transformed. */
enum cvk_winograd_direction {
    CVK_WINOGRAD_FORWARD,        /* w[outputs][channels][3][3] */
    CVK_WINOGRAD_INPUT_GRADIENT, /* w[channels][outputs][3][3], to be turned */
};

/* One part of transforming w, for cvk_winograd_convolve with the same instructions. `transformed` is aligned to 64
   bytes. */
void cvk_winograd_transform(const cvk_convolution *convolution, enum cvk_instruction_set instructions,
                            enum cvk_winograd_direction direction, const float *w, float *transformed, size_t part,
                            size_t parts);

/* One part of y[n][i][j][k] for all images, when all parts of the weights have been transformed. `scratch` is aligned to
   64 bytes, the same for all parts, and holds nothing between calls. */
void cvk_winograd_convolve(const cvk_convolution *convolution, enum cvk_instruction_set instructions, const float *x,
                           const float *transformed, float *y, float *scratch, size_t part, size_t parts);

#endif
