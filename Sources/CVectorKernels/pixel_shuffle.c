#include "pixel_shuffle.h"

/* For the pixel of `small` at its column w and row i of its square: where in `large` that row of r pixels begins. */
static inline size_t corner(const cvk_pixel_shuffle *s, size_t row, size_t i, size_t w) {
    return ((row * s->factor + i) * s->columns + w) * s->factor * s->channels;
}

void cvk_shuffle_pixels(const cvk_pixel_shuffle *shuffle, const float *restrict small, float *restrict large,
                        size_t first, size_t end) {
    size_t r = shuffle->factor, channels = shuffle->channels;
    for (size_t row = first; row < end; row++) {
        for (size_t i = 0; i < r; i++) {
            for (size_t w = 0; w < shuffle->columns; w++) {
                const float *from = small + (row * shuffle->columns + w) * channels * r * r + i * r;
                float *to = large + corner(shuffle, row, i, w);
                for (size_t j = 0; j < r; j++) {
                    for (size_t c = 0; c < channels; c++) to[j * channels + c] = from[c * r * r + j];
                }
            }
        }
    }
}

void cvk_unshuffle_pixels(const cvk_pixel_shuffle *shuffle, const float *restrict large, float *restrict small,
                          size_t first, size_t end) {
    size_t r = shuffle->factor, channels = shuffle->channels;
    for (size_t row = first; row < end; row++) {
        for (size_t i = 0; i < r; i++) {
            for (size_t w = 0; w < shuffle->columns; w++) {
                const float *from = large + corner(shuffle, row, i, w);
                float *to = small + (row * shuffle->columns + w) * channels * r * r + i * r;
                for (size_t j = 0; j < r; j++) {
                    for (size_t c = 0; c < channels; c++) to[c * r * r + j] = from[j * channels + c];
                }
            }
        }
    }
}
