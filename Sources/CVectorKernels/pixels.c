#include "pixels.h"

#include <string.h>

#include "clones.h"

/* A fused multiply-add rounds once where this file promises two roundings, and not every clone has one. */
#pragma STDC FP_CONTRACT OFF

CVK_CLONES void cvk_weigh_rows(float *restrict sum, const uint8_t *restrict source, size_t stride,
                               const float *restrict weights, size_t taps, size_t count) {
    memset(sum, 0, count * sizeof(float));
    for (size_t t = 0; t < taps; t++) {
        const uint8_t *row = source + t * stride;
        float weight = weights[t];
        for (size_t i = 0; i < count; i++) sum[i] += weight * (float)row[i];
    }
}

/* Red, green, blue, and a fourth lane that is computed along and never kept. */
typedef float pixel __attribute__((vector_size(16)));

static inline pixel load(const float *address) {
    pixel value;
    memcpy(&value, address, sizeof value);
    return value;
}

CVK_CLONES void cvk_weigh_pixels(float *restrict out, const float *restrict row, const int32_t *restrict starts,
                                 const int32_t *restrict counts, const float *restrict weights, size_t maxTaps,
                                 size_t width, const float *restrict scale, const float *restrict offset) {
    pixel scales = load(scale), offsets = load(offset);
    for (size_t x = 0; x < width; x++) {
        const float *source = row + 3 * (size_t)starts[x];
        const float *weight = weights + x * maxTaps;
        pixel sum = {0, 0, 0, 0};
        for (int32_t k = 0; k < counts[x]; k++) sum += weight[k] * load(source + 3 * k);
        sum = sum * scales + offsets;
        memcpy(out + 3 * x, &sum, 3 * sizeof(float));
    }
}
