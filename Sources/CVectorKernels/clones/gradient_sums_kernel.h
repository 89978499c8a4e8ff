/* `gradient_sums` of batch_norm.h for ELEMENT. */

CVK_INLINE void NAME(gradient_sums_stripe)(const ELEMENT *x, const ELEMENT *y, ELEMENT *dy, size_t rows,
                                           size_t channels, const struct cvk_normalisation *normalisation,
                                           enum cvk_relu_mask mask, double *sums, double *centred_sums, size_t c,
                                           size_t width) {
    struct NAME(constants) constants = NAME(load_normalisation)(normalisation, c, width);
    struct pair s = {{0, 0}}, p = {{0, 0}};
    size_t next = first_to_fetch(rows, channels, c);
    for (size_t at = c; at < c + rows * channels; at += channels, next += width) {
        NAME(fetch_row)(x + next, width);
        NAME(fetch_row)(dy + next, width);
        if (mask == CVK_MASK_FROM_OUTPUT) NAME(fetch_row)(y + next, width);
        struct pair row = NAME(load_row)(x + at, width), g = NAME(load_row)(dy + at, width), output = {{0, 0}};
        if (mask == CVK_MASK_FROM_OUTPUT) output = NAME(load_row)(y + at, width);
        EACH_VECTOR(v, width) {
            f32x16 deviation = NAME(deviation)(row, &constants, v);
            if (mask == CVK_MASK_FROM_INPUT)
                g.of[v] = where(NAME(normalised)(deviation, &constants, v) > 0, g.of[v]);
            if (mask == CVK_MASK_FROM_OUTPUT) g.of[v] = where(output.of[v] > 0, g.of[v]);
            s.of[v] += g.of[v];
            p.of[v] += g.of[v] * deviation;
        }
        if (mask == CVK_MASK_FROM_OUTPUT) NAME(store_row)(dy + at, g, width);
    }
    EACH_VECTOR(v, width) p.of[v] -= s.of[v] * constants.low.of[v];
    NAME(drain)(sums + c, s, width);
    NAME(drain)(centred_sums + c, p, width);
}

CVK_INLINE void NAME(gradient_sums_tile)(const ELEMENT *x, const ELEMENT *y, ELEMENT *dy, size_t rows,
                                         size_t channels, const struct cvk_normalisation *normalisation,
                                         enum cvk_relu_mask mask, double *sums, double *centred_sums) {
    size_t block = rows_of_block(channels, sizeof *x);
    for (size_t start = 0; start < rows; start += block) {
        size_t offset = start * channels;
        EACH_STRIPE(channels, NAME(gradient_sums_stripe), x + offset, mask == CVK_MASK_FROM_OUTPUT ? y + offset : NULL,
                    dy + offset, smaller(rows - start, block), channels, normalisation, mask, sums, centred_sums)
    }
}

static void NAME(gradient_sums)(const void *x, const void *y, void *dy, size_t rows, size_t channels,
                                const struct cvk_normalisation *normalisation, enum cvk_relu_mask mask, double *sums,
                                double *centred_sums) {
    switch (mask) {
    case CVK_NO_MASK:
        NAME(gradient_sums_tile)(x, NULL, dy, rows, channels, normalisation, CVK_NO_MASK, sums, centred_sums);
        break;
    case CVK_MASK_FROM_INPUT:
        NAME(gradient_sums_tile)(x, NULL, dy, rows, channels, normalisation, CVK_MASK_FROM_INPUT, sums, centred_sums);
        break;
    case CVK_MASK_FROM_OUTPUT:
        NAME(gradient_sums_tile)(x, y, dy, rows, channels, normalisation, CVK_MASK_FROM_OUTPUT, sums, centred_sums);
        break;
    }
}
