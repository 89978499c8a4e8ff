#include "pixels.h"

#include <string.h>

#include "clones.h"

/* A fused multiply-add rounds once where this file promises two roundings, and not every clone has one. */
#pragma STDC FP_CONTRACT OFF

/* Four pixels of four channels. */
typedef uint8_t bytes16 __attribute__((vector_size(16)));
typedef float floats16 __attribute__((vector_size(64)));
typedef float floats4 __attribute__((vector_size(16)));

CVK_CLONES void cvk_weigh_rows(float *restrict block, const uint8_t *restrict source, size_t stride,
                               const int32_t *restrict starts, const int32_t *restrict counts,
                               const float *restrict weights, size_t maxTaps, size_t rows, size_t columns) {
    for (size_t x = 0; x < columns; x += 4) {
        floats16 sums[4] = {{0}, {0}, {0}, {0}};
        for (size_t r = 0; r < rows; r++) {
            const uint8_t *pixels = source + (size_t)starts[r] * stride + 4 * x;
            const float *weight = weights + r * maxTaps;
            floats16 sum = {0};
            for (int32_t k = 0; k < counts[r]; k++) {
                bytes16 four;
                memcpy(&four, pixels + (size_t)k * stride, sizeof four);
                sum += weight[k] * __builtin_convertvector(four, floats16);
            }
            sums[r] = sum;
        }
        floats16 *target = (floats16 *)(block + 16 * x);
        /* From four pixels of a row to four rows of a pixel. */
        floats16 low01 = __builtin_shufflevector(sums[0], sums[1], 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
        floats16 low23 = __builtin_shufflevector(sums[2], sums[3], 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
        floats16 high01 =
            __builtin_shufflevector(sums[0], sums[1], 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
        floats16 high23 =
            __builtin_shufflevector(sums[2], sums[3], 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
        target[0] = __builtin_shufflevector(low01, low23, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
        target[1] = __builtin_shufflevector(low01, low23, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
        target[2] = __builtin_shufflevector(high01, high23, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
        target[3] = __builtin_shufflevector(high01, high23, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
    }
}

static inline __attribute__((always_inline)) void store(float *out, size_t stride, size_t rows, const floats16 *four,
                                                        size_t length) {
    floats16 pixels = *four;
    floats4 row0 = __builtin_shufflevector(pixels, pixels, 0, 1, 2, 3);
    floats4 row1 = __builtin_shufflevector(pixels, pixels, 4, 5, 6, 7);
    floats4 row2 = __builtin_shufflevector(pixels, pixels, 8, 9, 10, 11);
    floats4 row3 = __builtin_shufflevector(pixels, pixels, 12, 13, 14, 15);
    memcpy(out, &row0, length);
    if (rows > 1) memcpy(out + stride, &row1, length);
    if (rows > 2) memcpy(out + 2 * stride, &row2, length);
    if (rows > 3) memcpy(out + 3 * stride, &row3, length);
}

CVK_CLONES void cvk_weigh_pixels(float *restrict out, size_t stride, size_t rows, const float *restrict block,
                                 const int32_t *restrict starts, const int32_t *restrict counts,
                                 const float *restrict weights, size_t maxTaps, size_t width,
                                 const float *restrict scale, const float *restrict offset) {
    floats4 four, more;
    memcpy(&four, scale, sizeof four);
    memcpy(&more, offset, sizeof more);
    floats16 scales = __builtin_shufflevector(four, four, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3);
    floats16 offsets = __builtin_shufflevector(more, more, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3);
    for (size_t x = 0; x < width; x++) {
        const floats16 *source = (const floats16 *)(block + 16 * (size_t)starts[x]);
        const float *weight = weights + x * maxTaps;
        floats16 sum = {0};
        for (int32_t k = 0; k < counts[x]; k++) sum += weight[k] * source[k];
        sum = sum * scales + offsets;
        /* The fourth channel lands where the next pixel will; behind the last one something else may lie. */
        if (x + 1 < width)
            store(out + 3 * x, stride, rows, &sum, 4 * sizeof(float));
        else
            store(out + 3 * x, stride, rows, &sum, 3 * sizeof(float));
    }
}

CVK_CLONES void cvk_widen_pixels(uint8_t *restrict target, const uint8_t *restrict source, size_t pixels) {
    for (size_t i = 0; i < pixels; i++) {
        for (size_t c = 0; c < 3; c++) target[4 * i + c] = source[3 * i + c];
        target[4 * i + 3] = 255;
    }
}
