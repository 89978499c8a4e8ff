/* `weigh` of weighted_windows.h for ELEMENT, in stripes of channels. */

/* What one output pixel is made of. */
struct NAME(weighted_window) {
    const ELEMENT *corner;
    size_t row_step, column_step;
    const float *row_weights, *column_weights;
    int32_t rows, columns;
};

/* Weights are finite, so that a NaN comes from x or from infinities: its lower half is empty, as store_row wants it. */
CVK_INLINE void NAME(weigh_stripe)(const struct NAME(weighted_window) *w, ELEMENT *y, size_t c, size_t width) {
    struct pair sum = {{0, 0}};
    for (int32_t p = 0; p < w->rows; p++) {
        const ELEMENT *x = w->corner + (size_t)p * w->row_step + c;
        for (int32_t q = 0; q < w->columns; q++, x += w->column_step) {
            float weight = w->row_weights[p] * w->column_weights[q];
            struct pair row = NAME(load_row)(x, width);
            EACH_VECTOR(v, width) sum.of[v] += weight * row.of[v];
        }
    }
    NAME(store_row)(y + c, sum, width);
}

static void NAME(weigh)(const void *input, void *output, size_t channels, const cvk_axis *rows,
                        const cvk_axis *columns, size_t first, size_t end) {
    const ELEMENT *x = input;
    ELEMENT *y = output;
    size_t row_stride = columns->inputs * channels;
    for (size_t row = first; row < end; row++) {
        size_t n = row / rows->outputs, i = row % rows->outputs;
        const ELEMENT *top = x + (n * rows->inputs + (size_t)rows->starts[i]) * row_stride;
        for (size_t j = 0; j < columns->outputs; j++) {
            struct NAME(weighted_window) w = {top + (size_t)columns->starts[j] * channels, row_stride, channels,
                                              rows->weights + i * rows->taps, columns->weights + j * columns->taps,
                                              rows->counts[i], columns->counts[j]};
            EACH_STRIPE(channels, NAME(weigh_stripe), &w, y + (row * columns->outputs + j) * channels)
        }
    }
}
