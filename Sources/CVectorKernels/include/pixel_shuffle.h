#ifndef CVK_PIXEL_SHUFFLE_H
#define CVK_PIXEL_SHUFFLE_H

#include <stddef.h>

/* Channels become pixels and back, on images stored channels last:

       large[n, h r + i, w r + j, c] = small[n, h, w, (c r + i) r + j]

   for i and j in 0..<r, with `rows` and `columns` those of `small` [N, rows, columns, C r r], and C = `channels` those of
   `large` [N, rows r, columns r, C] (Shi et al. 2016). */
typedef struct {
    size_t channels, columns, factor;
} cvk_pixel_shuffle;

/* Rows first..<end of `small`, counted through all samples. The arrays must not overlap. */
void cvk_shuffle_pixels(const cvk_pixel_shuffle *shuffle, const float *small, float *large, size_t first, size_t end);

/* The inverse. */
void cvk_unshuffle_pixels(const cvk_pixel_shuffle *shuffle, const float *large, float *small, size_t first, size_t end);

#endif
