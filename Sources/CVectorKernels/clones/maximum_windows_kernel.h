/* The kernels of maximum_windows.h for ELEMENT, in stripes of channels. */

/* The bits of 32 elements. */
typedef BITS NAME(bits) __attribute__((ext_vector_type(32)));

#ifndef CVK_WINDOW_POSITIONS
#define CVK_WINDOW_POSITIONS
typedef uint16_t positions __attribute__((ext_vector_type(32)));
#define CHOICE(mask, a, b) (((a) & (mask)) | ((b) & ~(mask)))
#endif

CVK_INLINE NAME(bits) NAME(load_bits)(const ELEMENT *from, size_t lanes) {
    NAME(bits) bits = 0;
    memcpy(&bits, from, lanes * sizeof *from);
    return bits;
}

/* Integers in the order of the elements, equal where they are equal: the magnitude, negated for negative numbers. Those
   of NaNs lie above all others, also where the sign is set: what is negative is at most the bits of -infinity. */
CVK_INLINE NAME(bits) NAME(ranks)(NAME(bits) bits) {
    NAME(bits) magnitude = bits & MAGNITUDE, is_negative = bits <= MINUS_INFINITY;
    return (magnitude ^ is_negative) - is_negative;
}

/* The inputs of one output pixel. */
struct NAME(window) {
    const ELEMENT *corner;
    size_t rows, columns, row_step, column_step, taps;
};

CVK_INLINE void NAME(maximum_stripe)(const struct NAME(window) *w, ELEMENT *y, uint16_t *position, size_t c,
                                     size_t width) {
    NAME(bits) best = NAME(load_bits)(w->corner + c, width), rank = NAME(ranks)(best);
    positions where_best = 0;
    for (size_t p = 0; p < w->rows; p++) {
        const ELEMENT *x = w->corner + p * w->row_step + c;
        for (size_t q = 0; q < w->columns; q++, x += w->column_step) {
            NAME(bits) rival = NAME(load_bits)(x, width), rival_rank = NAME(ranks)(rival);
            NAME(bits) wins = rival_rank > rank;
            best = CHOICE(wins, rival, best);
            rank = CHOICE(wins, rival_rank, rank);
            positions here = (positions)(uint16_t)(p * w->taps + q);
            where_best = CHOICE(__builtin_convertvector(wins, positions), here, where_best);
        }
    }
    memcpy(y + c, &best, width * sizeof *y);
    if (position) memcpy(position + c, &where_best, width * sizeof *position);
}

static void NAME(maxima)(const void *input, void *output, uint16_t *position, size_t channels, const cvk_windows *rows,
                         const cvk_windows *columns, size_t first, size_t end) {
    const ELEMENT *x = input;
    ELEMENT *y = output;
    size_t row_stride = columns->inputs * channels;
    for (size_t row = first; row < end; row++) {
        size_t n = row / rows->outputs, i = row % rows->outputs;
        const ELEMENT *top = x + (n * rows->inputs + (size_t)rows->starts[i]) * row_stride;
        for (size_t j = 0; j < columns->outputs; j++) {
            struct NAME(window) w = {top + (size_t)columns->starts[j] * channels, (size_t)rows->counts[i],
                                     (size_t)columns->counts[j], rows->step * row_stride, columns->step * channels,
                                     columns->taps};
            size_t at = (row * columns->outputs + j) * channels;
            EACH_STRIPE(channels, NAME(maximum_stripe), &w, y + at, position ? position + at : NULL)
        }
    }
}

/* One input pixel: of row r, from the windows that begin at row `top` of dy, and column s. */
CVK_INLINE void NAME(maximum_gradient_stripe)(const ELEMENT *dy, const uint16_t *position, ELEMENT *dx,
                                              size_t channels, const cvk_windows *rows, const cvk_windows *columns,
                                              size_t r, size_t s, size_t c, size_t width) {
    const int32_t *row_taps = rows->cover_taps + r * rows->covers;
    const int32_t *column_taps = columns->cover_taps + s * columns->covers;
    struct pair sum = {{0, 0}};
    for (int32_t i = 0; i < rows->cover_counts[r]; i++) {
        if (row_taps[i] < 0) continue;
        size_t at = (size_t)i * columns->outputs * channels + c;
        for (int32_t j = 0; j < columns->cover_counts[s]; j++, at += channels) {
            if (column_taps[j] < 0) continue;
            positions where = 0;
            memcpy(&where, position + at, width * sizeof *position);
            positions tap = (uint16_t)(row_taps[i] * (int32_t)columns->taps + column_taps[j]);
            NAME(bits) is_here = __builtin_convertvector(where == tap, NAME(bits));
            NAME(bits) taken = NAME(load_bits)(dy + at, width) & is_here;
            struct pair gradient = NAME(load_row)((const ELEMENT *)&taken, width);
            EACH_VECTOR(v, width) sum.of[v] += gradient.of[v];
        }
    }
    NAME(store_row)(dx + c, sum, width);
}

static void NAME(maxima_gradient)(const void *output_gradient, const uint16_t *position, void *input_gradient,
                                  size_t channels, const cvk_windows *rows, const cvk_windows *columns, size_t first,
                                  size_t end) {
    const ELEMENT *dy = output_gradient;
    ELEMENT *dx = input_gradient;
    for (size_t row = first; row < end; row++) {
        size_t n = row / rows->inputs, r = row % rows->inputs;
        size_t top = (n * rows->outputs + (size_t)rows->cover_starts[r]) * columns->outputs;
        for (size_t s = 0; s < columns->inputs; s++) {
            size_t at = (top + (size_t)columns->cover_starts[s]) * channels;
            ELEMENT *out = dx + (row * columns->inputs + s) * channels;
            EACH_STRIPE(channels, NAME(maximum_gradient_stripe), dy + at, position + at, out, channels, rows, columns,
                        r, s)
        }
    }
}
