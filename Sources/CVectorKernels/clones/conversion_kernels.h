/* The conversions of elementwise.h. */

static void widen(const cvk_bf16 *restrict x, float *restrict y, size_t count) {
    for (size_t i = 0; i < count; i++) y[i] = cvk_f32_from_bf16(x[i]);
}

static void narrow(const float *restrict x, cvk_bf16 *restrict y, size_t count) {
    for (size_t i = 0; i < count; i++) y[i] = cvk_bf16_from_f32(x[i]);
}
