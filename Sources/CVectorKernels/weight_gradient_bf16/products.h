#ifndef CVK_PRODUCTS_BF16_H
#define CVK_PRODUCTS_BF16_H

#include <stdbool.h>

#include "../include/weight_gradient_bf16.h"

/* One block of a matrix product, `rows` (16 or 32) by 32, over positions in groups of 32:

       sums[r * 32 + o] (+)= a[g * 1024 + r * 32 + p] * b[g * 1024 + p / 2 * 64 + o * 2 + p % 2]

   summed over g in 0..<groups and p in 0..<32. The sums start at zero unless `add`. Everything is aligned to 64 bytes. */
typedef struct {
    size_t groups;
    const cvk_bf16 *a, *b;
    float *sums;
    bool add;
} cvk_bf16_block;

typedef struct {
    /* Called before the first and after the last block of a thread. */
    void (*begin)(void);
    void (*end)(void);
    void (*add)(size_t rows, const cvk_bf16_block *block);
} cvk_bf16_kernel;

const cvk_bf16_kernel *cvk_bf16_kernel_for(enum cvk_bf16_products products);

#endif
