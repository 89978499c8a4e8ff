#ifndef CVK_LAYER_NORM_H
#define CVK_LAYER_NORM_H

#include <stddef.h>

/* LayerNorm: each of `rows` rows of `width` floats is normalised by its own mean and variance. oneDNN's centres with a mean
   that is rounded to f32, which would be seen with inputs around 1e4, and overwrites the parameters' gradients, which
   are added up over tiles here. Sums run in f32 over blocks and over blocks in f64; their order within a block is that of
   the machine's vectors. */

/* Of one row, kept for backward. The mean is the sum of two floats. */
typedef struct {
    float mean_high, mean_low;
    /* 1 / sqrt(variance + epsilon), with the biased variance. */
    float inverse_deviation;
} cvk_row_moments;

/* y = (x - mean) * inverse_deviation * scale + shift, element by element of each row. scale and shift [width].
   y may be x. Writes [rows] moments where `moments` is not NULL. */
void cvk_layer_norm(const float *x, float *y, size_t rows, size_t width, const float *scale, const float *shift,
                    double epsilon, cvk_row_moments *moments);

/* With x^ the normalised x and g = dy * scale, of each row

       dx = inverse_deviation * (g - mean of g - x^ * mean of (g * x^)),

   and over the rows dscale += sum of dy * x^, dshift += sum of dy, [width] each. dx may be dy, or NULL if nobody wants it.
   `partial` is scratch of 2 * width floats. */
void cvk_layer_norm_gradient(const float *x, const float *dy, float *dx, size_t rows, size_t width, const float *scale,
                             const cvk_row_moments *moments, float *partial, double *dscale, double *dshift);

#endif
