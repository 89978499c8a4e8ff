#ifndef CVK_PRODUCTS_H
#define CVK_PRODUCTS_H

#include <stddef.h>

/* Kernels for elements of one type, for one instruction set. Arithmetic is f32 where nothing else is said. */
struct cvk_products {
    /* y[i] = factor * x[i]. y may be x. */
    void (*_Nonnull scale)(const void *_Nonnull x, float factor, void *_Nonnull y, size_t count);

    /* product[i] = a[i] * b[i]. product may be a or b. */
    void (*_Nonnull multiply)(const void *_Nonnull a, const void *_Nonnull b, void *_Nonnull product, size_t count);

    /* Rows of channels: y[r][c] = x[r][c] * factors[c]. y may be x. */
    void (*_Nonnull scale_channels)(const void *_Nonnull x, const void *_Nonnull factors, void *_Nonnull y,
                                    size_t rows, size_t channels);

    /* sums[c] = the sum over rows of a[r][c] * b[r][c], added up in f64 in the order of the rows. sums must not overlap
       the others. */
    void (*_Nonnull sum_channels)(const void *_Nonnull a, const void *_Nonnull b, void *_Nonnull sums, size_t rows,
                                  size_t channels);
};

#endif
