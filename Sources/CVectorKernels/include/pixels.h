#ifndef CVK_PIXELS_H
#define CVK_PIXELS_H

#include <stddef.h>
#include <stdint.h>

/* Resampling of u8 pixels of four bytes with tables of weights. Multiplications and additions are rounded one by one, in
   the order written, so that every machine gives the same bits. Arrays must not overlap.

   A block is f32 [columns rounded up to 4, 4 rows, 4]. */

/* For each row r in 0..<rows (at most 4), column x in 0..<columns and byte c in 0..<4:
       block[16 * x + 4 * r + c] = 0 + weights[r * maxTaps] * source[starts[r] * stride + 4 * x + c] + ...,
   counts[r] terms from left to right, from one source row after the other. Other rows of the block are 0.
   12 bytes after each source row are read, and their values do not matter. */
void cvk_weigh_rows(float *block, const uint8_t *source, size_t stride, const int32_t *starts, const int32_t *counts,
                    const float *weights, size_t maxTaps, size_t rows, size_t columns);

/* For each row r in 0..<rows (at most 4), pixel x in 0..<width and channel c in 0..<3:
       out[r * stride + 3 * x + c] = sum * scale[c] + offset[c], where
       sum = 0 + weights[x * maxTaps + k] * block[16 * (starts[x] + k) + 4 * r + c] + ... for k in 0..<counts[x], left to
   right. `scale` and `offset` have four elements, of which the fourth does not matter. */
void cvk_weigh_pixels(float *out, size_t stride, size_t rows, const float *block, const int32_t *starts,
                      const int32_t *counts, const float *weights, size_t maxTaps, size_t width, const float *scale,
                      const float *offset);

/* target[4 * i + c] = source[3 * i + c] for i in 0..<pixels and c in 0..<3; target[4 * i + 3] = 255. */
void cvk_widen_pixels(uint8_t *target, const uint8_t *source, size_t pixels);

#endif
