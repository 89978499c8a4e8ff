#ifndef CVK_ACTIVATION_H
#define CVK_ACTIVATION_H

#include <stddef.h>

/* Kernels over `count` elements of one type, for one instruction set. Arithmetic is f32. */
struct cvk_activation {
    /* y[i] = slope * x[i] + offset, but at least low and at most high; NaN stays NaN. y may be x. */
    void (*_Nonnull clipped_line)(const void *_Nonnull x, void *_Nonnull y, size_t count, float slope, float offset,
                                  float low, float high);

    /* dx[i] = low < y[i] && y[i] < high ? slope * dy[i] : 0, with y the output of clipped_line. dx may be dy. */
    void (*_Nonnull clipped_line_gradient)(const void *_Nonnull y, const void *_Nonnull dy, void *_Nonnull dx,
                                           size_t count, float slope, float low, float high);
};

#endif
