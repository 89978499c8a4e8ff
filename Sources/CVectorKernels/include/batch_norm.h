#ifndef CVK_BATCH_NORM_H
#define CVK_BATCH_NORM_H

#include <stddef.h>

/* BatchNorm on activations stored channels last: `rows` (samples x height x width) by `channels`, f32.

   oneDNN's backward treats statistics that come from elsewhere as constants, so that statistics shared over ranks need
   kernels of our own. Centred values are taken as (x - mean_high) - mean_low, where the mean is the sum of two floats:
   with inputs around 1e4 one float's rounding would already be seen in the result.

   `partial` is scratch of 3 x channels floats. Sums run over blocks of rows in f32 and over blocks in f64. */

/* Per-channel mean and sum of squared deviations from it, by the corrected two-pass algorithm (Chan, Golub, LeVeque
   1983). rows must not be 0. */
void cvk_batch_norm_moments(const float *x, size_t rows, size_t channels, float *partial, double *mean,
                            double *squared_deviations);

/* y = ((x - mean_high) - mean_low) * scale + shift, per channel. y may be x. */
void cvk_batch_norm_normalise(const float *x, float *y, size_t rows, size_t channels, const float *mean_high,
                              const float *mean_low, const float *scale, const float *shift);

/* Per-channel sums of dy, and of dy times the centred x. */
void cvk_batch_norm_gradient_sums(const float *x, const float *dy, size_t rows, size_t channels,
                                  const float *mean_high, const float *mean_low, float *partial, double *sum,
                                  double *sum_centred);

/* dx = a * dy + b * centred x + constant, per channel. dx may be dy. */
void cvk_batch_norm_input_gradient(const float *x, const float *dy, float *dx, size_t rows, size_t channels,
                                   const float *mean_high, const float *mean_low, const float *a, const float *b,
                                   const float *constant);

#endif
