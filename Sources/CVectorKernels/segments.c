#include "segments.h"

#include "clones.h"
#include "wide_vectors.h"

CVK_CLONES void cvk_add(float *restrict sum, const float *restrict addend, size_t count) {
    for (size_t i = 0; i < count; i++) sum[i] += addend[i];
}

CVK_CLONES void cvk_add_bf16(float *restrict sum, const cvk_bf16 *restrict addend, size_t count) {
    for (size_t i = 0; i < count; i++) sum[i] += cvk_f32_from_bf16(addend[i]);
}

CVK_CLONES void cvk_round_bf16(float *restrict x, cvk_bf16 *restrict rounded, size_t count) {
    for (size_t i = 0; i < count; i++) {
        rounded[i] = cvk_bf16_from_f32(x[i]);
        x[i] = cvk_f32_from_bf16(rounded[i]);
    }
}

CVK_CLONES void cvk_narrow_bf16(const float *restrict x, cvk_bf16 *restrict y, size_t count) {
    for (size_t i = 0; i < count; i++) y[i] = cvk_bf16_from_f32(x[i]);
}

CVK_CLONES void cvk_widen_bf16(const cvk_bf16 *restrict x, float *restrict y, size_t count) {
    for (size_t i = 0; i < count; i++) y[i] = cvk_f32_from_bf16(x[i]);
}

/* A vector at a time over all parts: the memory is read as `parts` streams, and a line is still in the cache when it is
   written. */
CVK_CLONES void cvk_sum_in_order(
    const float *const *x, size_t parts, float *const *y, size_t copies, size_t from, size_t to) {
    size_t i = from;
    for (; i + cvk_width <= to; i += cvk_width) {
        cvk_floats sum = *(const cvk_floats *)(x[0] + i);
        for (size_t part = 1; part < parts; part++) sum += *(const cvk_floats *)(x[part] + i);
        for (size_t copy = 0; copy < copies; copy++) *(cvk_floats *)(y[copy] + i) = sum;
    }
    for (; i < to; i++) {
        float sum = x[0][i];
        for (size_t part = 1; part < parts; part++) sum += x[part][i];
        for (size_t copy = 0; copy < copies; copy++) y[copy][i] = sum;
    }
}
