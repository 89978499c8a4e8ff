#ifndef CVK_ELEMENTWISE_H
#define CVK_ELEMENTWISE_H

#include <stddef.h>

#include "bf16.h"

/* Kernels over `count` elements of one type, for one instruction set. Arithmetic is f32. */
struct cvk_elementwise {
    /* y[i] = max(x[i], 0); NaN stays NaN. y may be x. */
    void (*_Nonnull relu)(const void *_Nonnull x, void *_Nonnull y, size_t count);

    /* dx[i] = y[i] > 0 ? dy[i] : 0, with y the output of relu. dx may be dy. */
    void (*_Nonnull relu_gradient)(const void *_Nonnull y, const void *_Nonnull dy, void *_Nonnull dx, size_t count);

    /* sum[i] = a[i] + b[i]. sum may be a or b. */
    void (*_Nonnull sum)(const void *_Nonnull a, const void *_Nonnull b, void *_Nonnull sum, size_t count);
};

/* Between the element types, for one instruction set. The arrays must not overlap. */
struct cvk_conversions {
    /* Exact. */
    void (*_Nonnull widen)(const cvk_bf16 *_Nonnull x, float *_Nonnull y, size_t count);

    /* Rounds as cvk_bf16_from_f32. */
    void (*_Nonnull narrow)(const float *_Nonnull x, cvk_bf16 *_Nonnull y, size_t count);
};

#endif
