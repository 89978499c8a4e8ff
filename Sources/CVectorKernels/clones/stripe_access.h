/* Loads and stores of one row of a stripe, for ELEMENT. A stripe of 32 channels takes a pair's two vectors, a narrower
   one the first alone. */

CVK_INLINE struct pair NAME(load_row)(const ELEMENT *from, size_t width) {
    if (width == 32) return NAME(load_pair)(from);
    return (struct pair){{NAME(load)(from, width), 0}};
}

CVK_INLINE void NAME(store_row)(ELEMENT *to, struct pair row, size_t width) {
    if (width == 32) NAME(store_pair)(to, row);
    else NAME(store)(to, row.of[0], width);
}

/* Starts to fetch a row's `width` elements into the second-level cache, as the first has no room for blocks of several
   tensors. The address may lie outside of any tensor. */
CVK_INLINE void NAME(fetch_row)(const ELEMENT *from, size_t width) {
    for (size_t i = 0; i < width; i += cache_line / sizeof *from) __builtin_prefetch(from + i, 0, 2);
}

/* Per-channel floats, in the same order. NaNs become plain ones, whose lower half
   is empty. */
CVK_INLINE struct pair NAME(load_constants)(const float *from, size_t width) {
    struct pair row = load_row_f32(from, width);
    for (size_t v = 0; v < 2; v++) row.of[v] = with_plain_nans(row.of[v]);
    return width == 32 ? NAME(from_f32_order)(row) : row;
}

CVK_INLINE void NAME(store_constants)(float *to, struct pair row, size_t width) {
    store_row_f32(to, width == 32 ? NAME(to_f32_order)(row) : row, width);
}

/* sum[i] += row[i] */
CVK_INLINE void NAME(drain)(double *sum, struct pair row, size_t width) {
    if (width == 32) {
        row = NAME(to_f32_order)(row);
        add_to_f64(sum, row.of[0], 16);
        add_to_f64(sum + 16, row.of[1], 16);
    } else {
        add_to_f64(sum, row.of[0], width);
    }
}
