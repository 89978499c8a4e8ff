/* `normalise` of batch_norm.h for ELEMENT. */

CVK_INLINE void NAME(normalise_stripe)(const ELEMENT *x, const ELEMENT *residual, ELEMENT *y, size_t rows,
                                       size_t channels, const struct cvk_normalisation *normalisation, bool adds,
                                       bool relu, size_t c, size_t width) {
    struct NAME(constants) constants = NAME(load_normalisation)(normalisation, c, width);
    size_t next = first_to_fetch(rows, channels, c);
    for (size_t at = c; at < c + rows * channels; at += channels, next += width) {
        NAME(fetch_row)(x + next, width);
        if (adds) NAME(fetch_row)(residual + next, width);
        NAME(fetch_row)(y + next, width);
        struct pair row = NAME(load_row)(x + at, width), added = {{0, 0}};
        if (adds) added = NAME(load_row)(residual + at, width);
        EACH_VECTOR(v, width) {
            f32x16 value = NAME(normalised)(NAME(deviation)(row, &constants, v), &constants, v);
            if (adds) value += added.of[v];
            row.of[v] = relu ? rectified(value) : value;
        }
        NAME(store_row)(y + at, row, width);
    }
}

/* Inlined with constant flags, so that the innermost loop is free of branches. */
CVK_INLINE void NAME(normalise_tile)(const ELEMENT *x, const ELEMENT *residual, ELEMENT *y, size_t rows,
                                     size_t channels, const struct cvk_normalisation *normalisation, bool adds,
                                     bool relu) {
    size_t block = rows_of_block(channels, sizeof *x);
    for (size_t start = 0; start < rows; start += block) {
        size_t offset = start * channels;
        EACH_STRIPE(channels, NAME(normalise_stripe), x + offset, adds ? residual + offset : NULL, y + offset,
                    smaller(rows - start, block), channels, normalisation, adds, relu)
    }
}

static void NAME(normalise)(const void *x, const void *residual, void *y, size_t rows, size_t channels,
                            const struct cvk_normalisation *normalisation, bool relu) {
    if (residual) {
        if (relu) NAME(normalise_tile)(x, residual, y, rows, channels, normalisation, true, true);
        else NAME(normalise_tile)(x, residual, y, rows, channels, normalisation, true, false);
    } else {
        if (relu) NAME(normalise_tile)(x, NULL, y, rows, channels, normalisation, false, true);
        else NAME(normalise_tile)(x, NULL, y, rows, channels, normalisation, false, false);
    }
}
