/* `input_gradient` of batch_norm.h for ELEMENT. */

CVK_INLINE void NAME(input_gradient_stripe)(const ELEMENT *x, const ELEMENT *dy, ELEMENT *dx, size_t rows,
                                            size_t channels, const struct cvk_normalisation *normalisation,
                                            const float *of_gradient, const float *of_input, const float *constant,
                                            bool masked, size_t c, size_t width) {
    struct NAME(constants) constants = NAME(load_normalisation)(normalisation, c, width);
    struct pair a = NAME(load_constants)(of_gradient + c, width), b = NAME(load_constants)(of_input + c, width);
    struct pair added = NAME(load_constants)(constant + c, width);
    EACH_VECTOR(v, width) added.of[v] -= b.of[v] * constants.low.of[v];
    size_t next = first_to_fetch(rows, channels, c);
    for (size_t at = c; at < c + rows * channels; at += channels, next += width) {
        NAME(fetch_row)(x + next, width);
        NAME(fetch_row)(dy + next, width);
        NAME(fetch_row)(dx + next, width);
        struct pair row = NAME(load_row)(x + at, width), g = NAME(load_row)(dy + at, width);
        EACH_VECTOR(v, width) {
            f32x16 deviation = NAME(deviation)(row, &constants, v);
            if (masked) g.of[v] = where(NAME(normalised)(deviation, &constants, v) > 0, g.of[v]);
            row.of[v] = a.of[v] * g.of[v] + (b.of[v] * deviation + added.of[v]);
        }
        NAME(store_row)(dx + at, row, width);
    }
}

CVK_INLINE void NAME(input_gradient_tile)(const ELEMENT *x, const ELEMENT *dy, ELEMENT *dx, size_t rows,
                                          size_t channels, const struct cvk_normalisation *normalisation,
                                          const float *a, const float *b, const float *constant, bool masked) {
    size_t block = rows_of_block(channels, sizeof *x);
    for (size_t start = 0; start < rows; start += block) {
        size_t offset = start * channels;
        EACH_STRIPE(channels, NAME(input_gradient_stripe), x + offset, dy + offset, dx + offset,
                    smaller(rows - start, block), channels, normalisation, a, b, constant, masked)
    }
}

static void NAME(input_gradient)(const void *x, const void *dy, void *dx, size_t rows, size_t channels,
                                 const struct cvk_normalisation *normalisation, const float *a, const float *b,
                                 const float *c, bool masked) {
    if (masked) NAME(input_gradient_tile)(x, dy, dx, rows, channels, normalisation, a, b, c, true);
    else NAME(input_gradient_tile)(x, dy, dx, rows, channels, normalisation, a, b, c, false);
}
