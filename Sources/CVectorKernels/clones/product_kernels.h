/* The kernels of products.h for ELEMENT. The first three are loops that the compiler vectorises by itself. */

static void NAME(scale)(const void *input, float factor, void *output, size_t count) {
    const ELEMENT *x = input;
    ELEMENT *y = output;
#pragma clang loop vectorize(assume_safety)
    for (size_t i = 0; i < count; i++) y[i] = FROM_F32(factor * TO_F32(x[i]));
}

static void NAME(multiply)(const void *first, const void *second, void *output, size_t count) {
    const ELEMENT *a = first, *b = second;
    ELEMENT *product = output;
#pragma clang loop vectorize(assume_safety)
    for (size_t i = 0; i < count; i++) product[i] = FROM_F32(TO_F32(a[i]) * TO_F32(b[i]));
}

static void NAME(scale_channels)(const void *input, const void *channel_factors, void *output, size_t rows,
                                 size_t channels) {
    const ELEMENT *x = input, *factors = channel_factors;
    ELEMENT *y = output;
    for (size_t r = 0; r < rows; r++, x += channels, y += channels) {
#pragma clang loop vectorize(assume_safety)
        for (size_t c = 0; c < channels; c++) y[c] = FROM_F32(TO_F32(x[c]) * TO_F32(factors[c]));
    }
}

/* `lanes` neighbouring channels, a constant, whose sums stay in registers. */
CVK_INLINE void NAME(sum_lanes)(const ELEMENT *a, const ELEMENT *b, ELEMENT *sums, size_t rows, size_t channels,
                                size_t lanes) {
    f64x16 totals = 0;
    for (size_t r = 0; r < rows; r++, a += channels, b += channels)
        totals += __builtin_convertvector(NAME(load)(a, lanes), f64x16)
                  * __builtin_convertvector(NAME(load)(b, lanes), f64x16);
    NAME(store)(sums, __builtin_convertvector(totals, f32x16), lanes);
}

static void NAME(sum_channels)(const void *first, const void *second, void *output, size_t rows, size_t channels) {
    const ELEMENT *a = first, *b = second;
    ELEMENT *sums = output;
    size_t c = 0;
    for (; c + 16 <= channels; c += 16) NAME(sum_lanes)(a + c, b + c, sums + c, rows, channels, 16);
    for (; c + 4 <= channels; c += 4) NAME(sum_lanes)(a + c, b + c, sums + c, rows, channels, 4);
    for (; c < channels; c++) NAME(sum_lanes)(a + c, b + c, sums + c, rows, channels, 1);
}
