#ifndef CVK_WEIGHTED_WINDOWS_H
#define CVK_WEIGHTED_WINDOWS_H

#include <stddef.h>
#include <stdint.h>

/* Weights of one axis: output o is the sum of weights[o * taps + k] times input starts[o] + k, for k in 0..<counts[o].
   A count of 0 gives 0. */
typedef struct {
    const int32_t *_Nonnull starts, *_Nonnull counts;
    const float *_Nonnull weights;
    size_t taps, inputs, outputs;
} cvk_axis;

/* For elements of one type, for one instruction set. */
struct cvk_weighted_windows {
    /* A linear map that is separable over rows and columns, on images stored channels last,
       x [N, rows.inputs, columns.inputs, C] -> y [N, rows.outputs, columns.outputs, C], which must not overlap:

           y[n, i, j, c] = sum over p, q of row weight p of i * column weight q of j
                           * x[n, start of i + p, start of j + q, c]

       Computes the output rows first..<end, counted through all samples: row n * rows.outputs + i is row i of sample n.
       Sums run over p, and within it over q, in f32; they are rounded to the element type once. */
    void (*_Nonnull weigh)(const void *_Nonnull x, void *_Nonnull y, size_t channels, const cvk_axis *_Nonnull rows,
                           const cvk_axis *_Nonnull columns, size_t first, size_t end);
};

#endif
