#include "response_norm.h"

#include <math.h>
#include <string.h>

#include "clones.h"
#include "wide_vectors.h"

/* Scratch is three rows: one with room for what lies beyond both ends, and two of the channels alone. */
static size_t padded(const cvk_response_norm *norm) { return norm->channels + norm->size - 1; }

size_t cvk_response_norm_scratch(const cvk_response_norm *norm) { return padded(norm) + 2 * norm->channels; }

/* sum[c] = row[c] + ... + row[c + size - 1]. */
CVK_INLINE void slide(const float *restrict row, float *restrict sum, size_t channels, size_t size) {
    memcpy(sum, row, channels * sizeof *sum);
    for (size_t t = 1; t < size; t++) {
        for (size_t c = 0; c < channels; c++) sum[c] += row[c + t];
    }
}

/* base[c] = w[c] and power[c] = w[c]^-beta of one pixel. */
CVK_INLINE void powers(const cvk_response_norm *norm, const float *restrict x, float *restrict row,
                       float *restrict base, float *restrict power) {
    size_t channels = norm->channels;
    float factor = norm->alpha / (float)norm->size, k = norm->k, exponent = -norm->beta;
    memset(row, 0, padded(norm) * sizeof *row);
    float *restrict squares = row + norm->size / 2;
    for (size_t c = 0; c < channels; c++) squares[c] = x[c] * x[c];
    slide(row, base, channels, norm->size);
    for (size_t c = 0; c < channels; c++) base[c] = k + factor * base[c];
    if (exponent == -0.75f) {
        for (size_t c = 0; c < channels; c++) {
            /* Unlike sqrtf it never sets errno, and so becomes vectors. */
            float root = __builtin_elementwise_sqrt(base[c]);
            power[c] = 1 / (root * __builtin_elementwise_sqrt(root));
        }
    } else {
        for (size_t c = 0; c < channels; c++) power[c] = powf(base[c], exponent);
    }
}

CVK_CLONES void cvk_response_norm_forward(const cvk_response_norm *norm, const float *x, float *y, size_t pixels,
                                          float *scratch) {
    size_t channels = norm->channels;
    float *base = scratch + padded(norm), *power = base + channels;
    for (size_t p = 0; p < pixels; p++, x += channels, y += channels) {
        powers(norm, x, scratch, base, power);
#pragma clang loop vectorize(assume_safety)
        for (size_t c = 0; c < channels; c++) y[c] = x[c] * power[c];
    }
}

CVK_CLONES void cvk_response_norm_gradient(const cvk_response_norm *norm, const float *x, const float *dy, float *dx,
                                           size_t pixels, float *scratch) {
    size_t channels = norm->channels;
    float *restrict base = scratch + padded(norm), *restrict power = base + channels;
    float factor = 2 * norm->alpha * norm->beta / (float)norm->size;
    for (size_t p = 0; p < pixels; p++, x += channels, dy += channels, dx += channels) {
        powers(norm, x, scratch, base, power);
        memset(scratch, 0, padded(norm) * sizeof *scratch);
        float *restrict terms = scratch + (norm->size - 1) / 2;
#pragma clang loop vectorize(assume_safety)
        for (size_t c = 0; c < channels; c++) terms[c] = dy[c] * x[c] * (power[c] / base[c]);
        slide(scratch, base, channels, norm->size);
#pragma clang loop vectorize(assume_safety)
        for (size_t c = 0; c < channels; c++) dx[c] = dy[c] * power[c] - factor * x[c] * base[c];
    }
}
