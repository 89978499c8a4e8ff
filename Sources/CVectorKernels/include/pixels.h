#ifndef CVK_PIXELS_H
#define CVK_PIXELS_H

#include <stddef.h>
#include <stdint.h>

/* Resampling of u8 pixels with tables of weights. Multiplications and additions are rounded one by one, in the order
   written, so that every machine gives the same bits. Arrays must not overlap. */

/* sum[i] = weights[0] * source[i] + weights[1] * source[stride + i] + ..., `taps` terms from left to right,
   for i in 0..<count. With taps 0 the sum is zero. */
void cvk_weigh_rows(float *sum, const uint8_t *source, size_t stride, const float *weights, size_t taps, size_t count);

/* For each pixel x in 0..<width and channel c in 0..<3:
       out[3 * x + c] = sum * scale[c] + offset[c], where
       sum = 0 + weights[x * maxTaps + k] * row[3 * (starts[x] + k) + c] + ... for k in 0..<counts[x], left to right.
   One float after the last pixel of `row` is read, and its value does not matter; `scale` and `offset` have four
   elements, of which the fourth does not matter. */
void cvk_weigh_pixels(float *out, const float *row, const int32_t *starts, const int32_t *counts, const float *weights,
                      size_t maxTaps, size_t width, const float *scale, const float *offset);

#endif
