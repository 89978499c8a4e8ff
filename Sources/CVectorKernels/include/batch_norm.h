#ifndef CVK_BATCH_NORM_H
#define CVK_BATCH_NORM_H

#include <stdbool.h>
#include <stddef.h>

/* BatchNorm, fused with a residual addition and ReLU, on a tile of activations stored channels last: `rows` (samples x
   height x width) by `channels`, f32 or bf16. Arithmetic is f32; what is summed over rows is f32 over blocks of at most
   64 rows and f64 over blocks.

   oneDNN's backward treats statistics that come from elsewhere as constants, so that statistics shared over ranks need
   kernels of our own. Neither the order of sums nor where a product is fused with an addition depends on the width of
   vectors: AVX2 and AVX-512 give the same bits, and what a kernel writes for an element depends neither on the size of
   the tile nor on the element's place in it. */

/* Per channel, `[channels]` each:

       normalised = (x - mean_high) * scale + (shift - mean_low * scale)

   The mean is the sum of two floats: with inputs around 1e4 one float's rounding would already be seen. x - mean_high
   is exact for nearby floats. */
struct cvk_normalisation {
    const float *_Nonnull mean_high;
    const float *_Nonnull mean_low;
    const float *_Nonnull scale;
    const float *_Nonnull shift;
};

/* Where ReLU let a value pass, so that its gradient g is the output's gradient dy, and 0 elsewhere. */
enum cvk_relu_mask {
    CVK_NO_MASK,         /* there is no ReLU: g = dy */
    CVK_MASK_FROM_INPUT, /* normalised > 0, computed again with the bits that `normalise` rounded to its output. In bf16
                            that is output > 0, but for values below 2^-134, which pass and are stored as 0. */
    CVK_MASK_FROM_OUTPUT /* output > 0, for a ReLU behind a residual addition */
};

/* The kernels for one element type and instruction set. Tensors need no more alignment than their elements; they may
   only overlap where it is said, and then must be the same. */
struct cvk_batch_norm {
    /* Means and sums of squared deviations from them over one tile, overwritten. One pass: deviations are taken from
       a pivot, the mean of at most 16 rows spread over the tile, and corrected (Chan, Golub, LeVeque 1983). A pivot
       that lies d standard deviations from the mean would cost a factor 1 + d^2 of accuracy in the squares. `pivot`
       is scratch of `channels` floats; rows must not be 0. */
    void (*_Nonnull moments)(const void *_Nonnull x, size_t rows, size_t channels, float *_Nonnull pivot,
                             double *_Nonnull mean, double *_Nonnull squared_deviations);

    /* y = normalised (+ residual, unless it is NULL), negative values replaced by 0 if `relu`; NaN stays NaN. y may be
       x or residual. */
    void (*_Nonnull normalise)(const void *_Nonnull x, const void *_Nullable residual, void *_Nonnull y, size_t rows,
                               size_t channels, const struct cvk_normalisation *_Nonnull normalisation, bool relu);

    /* Adds to `sums` the sums of g, and to `centred_sums` those of g * (x - mean). With
       CVK_MASK_FROM_OUTPUT g also replaces dy, being the residual's gradient too; else dy is only read and y not
       used. */
    void (*_Nonnull gradient_sums)(const void *_Nonnull x, const void *_Nullable y, void *_Nonnull dy, size_t rows,
                                   size_t channels, const struct cvk_normalisation *_Nonnull normalisation,
                                   enum cvk_relu_mask mask, double *_Nonnull sums, double *_Nonnull centred_sums);

    /* dx = a * g + (b * (x - mean) + c) per channel, with g = dy, or masked from the input if
       `masked`. dx may be dy. */
    void (*_Nonnull input_gradient)(const void *_Nonnull x, const void *_Nonnull dy, void *_Nonnull dx, size_t rows,
                                    size_t channels, const struct cvk_normalisation *_Nonnull normalisation,
                                    const float *_Nonnull a, const float *_Nonnull b, const float *_Nonnull c,
                                    bool masked);
};

/* Merges the moments of `added` further rows into those of `seen` rows (Chan, Golub, LeVeque 1983). Neither count may
   be 0. */
void cvk_merge_moments(size_t seen, double *_Nonnull mean, double *_Nonnull squared_deviations, size_t added,
                       const double *_Nonnull added_mean, const double *_Nonnull added_squared_deviations,
                       size_t channels);

#endif
