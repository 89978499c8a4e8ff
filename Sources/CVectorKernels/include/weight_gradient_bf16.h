#ifndef CVK_WEIGHT_GRADIENT_BF16_H
#define CVK_WEIGHT_GRADIENT_BF16_H

#include <stdbool.h>
#include <stddef.h>

#include "bf16.h"
#include "weight_gradient.h"

/* The weight gradient of weight_gradient.h on bf16 activations: products are exact, sums and dw are f32.

   Each tile is first packed: the outputs of dy with two positions side by side, as the instructions want them, and x
   turned to have positions side by side. Then any tap of the kernel is a matrix product on the same two matrices, one of
   them shifted. A tile is packed and added chunk by chunk, so that what is packed stays in a cache.

   Work is divided into parts that share nothing but scratch: each may run on a thread of its own. Every element is summed
   in an order that the convolution and the instructions alone decide, so that the number of parts does not change a bit. */

/* The instructions that multiply bf16 and add in f32. */
enum cvk_bf16_products {
    CVK_PLAIN_PRODUCTS,  /* C on f32: slow, for every machine */
    CVK_AVX512_PRODUCTS, /* AVX-512 BF16 */
    CVK_AMX_PRODUCTS,    /* AMX's tiles */
};

/* Whether this machine has them. Asks the system for the use of AMX's registers, which it then has for good. */
bool cvk_can_multiply(enum cvk_bf16_products products);

/* What is planned once for all tiles of a convolution. */
typedef struct cvk_weight_gradient_bf16 cvk_weight_gradient_bf16;

/* NULL where there is no memory for it; `products` must be some that this machine has. */
cvk_weight_gradient_bf16 *_Nullable cvk_weight_gradient_bf16_plan(const cvk_convolution *_Nonnull convolution,
                                                                  enum cvk_bf16_products products, size_t parts);
void cvk_weight_gradient_bf16_free(cvk_weight_gradient_bf16 *_Nonnull plan);

size_t cvk_weight_gradient_bf16_chunks(const cvk_weight_gradient_bf16 *_Nonnull plan);

/* Bytes of scratch memory. It is aligned to 64 bytes, the same for all parts and all tiles of a batch, and kept between
   them. */
size_t cvk_weight_gradient_bf16_scratch(const cvk_weight_gradient_bf16 *_Nonnull plan);

/* One part of packing a chunk of a tile. */
void cvk_weight_gradient_bf16_pack(const cvk_weight_gradient_bf16 *_Nonnull plan, size_t chunk, const cvk_bf16 *_Nonnull x,
                                   const cvk_bf16 *_Nonnull dy, void *_Nonnull scratch, size_t part);

/* One part of adding a chunk to the sums, when all parts have packed it; with `first`, for the first chunk of the first
   tile, the sums start at zero. */
void cvk_weight_gradient_bf16_add(const cvk_weight_gradient_bf16 *_Nonnull plan, size_t chunk, bool first,
                                  void *_Nonnull scratch, size_t part);

/* One part of writing the sums to dw, when all parts of the last tile have ended. */
void cvk_weight_gradient_bf16_store(const cvk_weight_gradient_bf16 *_Nonnull plan, const void *_Nonnull scratch,
                                    float *_Nonnull dw, size_t part);

#endif
