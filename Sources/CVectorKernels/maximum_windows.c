#include "maximum_windows.h"

#include <string.h>

#include "clones.h"
#include "wide_vectors.h"

/* The inputs of one output pixel. */
typedef struct {
    const float *corner;
    size_t channels, rows, columns, row_step, column_step, taps;
} window;

#define SELECT(mask, a, b) (((a) & (mask)) | ((b) & ~(mask)))

/* Up to four vectors of channels stay in registers while the window passes by. */
CVK_INLINE void maximum_of(const window *w, size_t c, int vectors, float *y, uint16_t *position) {
    cvk_floats best[4];
    cvk_ints where[4];
    for (int v = 0; v < vectors; v++) {
        best[v] = ((const cvk_floats *)(w->corner + c))[v];
        where[v] = (cvk_ints){0};
    }
    for (size_t p = 0; p < w->rows; p++) {
        const float *x = w->corner + p * w->row_step + c;
        for (size_t q = 0; q < w->columns; q++, x += w->column_step) {
            cvk_ints tap = (cvk_ints){0} + (int32_t)(p * w->taps + q);
#pragma clang loop unroll(full)
            for (int v = 0; v < vectors; v++) {
                cvk_floats value = ((const cvk_floats *)x)[v];
                cvk_ints wins = (value > best[v]) | (value != value);
                best[v] = (cvk_floats)SELECT(wins, (cvk_ints)value, (cvk_ints)best[v]);
                where[v] = SELECT(wins, tap, where[v]);
            }
        }
    }
    for (int v = 0; v < vectors; v++) {
        ((cvk_floats *)(y + c))[v] = best[v];
        if (position) ((cvk_shorts *)(position + c))[v] = __builtin_convertvector(where[v], cvk_shorts);
    }
}

CVK_INLINE void maximum_of_few(const window *w, float *restrict y, uint16_t *restrict position) {
    memcpy(y, w->corner, w->channels * sizeof *y);
    if (position) memset(position, 0, w->channels * sizeof *position);
    for (size_t p = 0; p < w->rows; p++) {
        const float *restrict x = w->corner + p * w->row_step;
        for (size_t q = 0; q < w->columns; q++, x += w->column_step) {
            for (size_t c = 0; c < w->channels; c++) {
                if (!(x[c] > y[c]) && x[c] == x[c]) continue;
                y[c] = x[c];
                if (position) position[c] = (uint16_t)(p * w->taps + q);
            }
        }
    }
}

CVK_INLINE void maximum(const window *w, float *y, uint16_t *position) {
    if (w->channels < cvk_width) {
        maximum_of_few(w, y, position);
        return;
    }
    size_t c = 0;
    for (; c + 4 * cvk_width <= w->channels; c += 4 * cvk_width) maximum_of(w, c, 4, y, position);
    while (c < w->channels) {
        /* The last vector ends with the last channel, and does some again. */
        if (w->channels - c < cvk_width) c = w->channels - cvk_width;
        maximum_of(w, c, 1, y, position);
        c += cvk_width;
    }
}

CVK_CLONES void cvk_maximum_windows(const float *x, float *y, uint16_t *position, size_t channels,
                                    const cvk_windows *rows, const cvk_windows *columns, size_t first, size_t end) {
    size_t row_stride = columns->inputs * channels;
    for (size_t row = first; row < end; row++) {
        size_t n = row / rows->outputs, i = row % rows->outputs;
        const float *top = x + (n * rows->inputs + (size_t)rows->starts[i]) * row_stride;
        for (size_t j = 0; j < columns->outputs; j++) {
            window w = {top + (size_t)columns->starts[j] * channels, channels, (size_t)rows->counts[i],
                        (size_t)columns->counts[j], rows->step * row_stride, columns->step * channels, columns->taps};
            size_t at = (row * columns->outputs + j) * channels;
            maximum(&w, y + at, position ? position + at : NULL);
        }
    }
}

/* Adds the gradients of one window to those of the input that is its tap. */
CVK_INLINE void add_matching(const float *restrict dy, const uint16_t *restrict position, int32_t tap,
                             float *restrict dx, size_t channels) {
    for (size_t c = 0; c < channels; c++) dx[c] += position[c] == tap ? dy[c] : 0;
}

CVK_CLONES void cvk_maximum_windows_gradient(const float *dy, const uint16_t *position, float *dx, size_t channels,
                                             const cvk_windows *rows, const cvk_windows *columns, size_t first,
                                             size_t end) {
    for (size_t row = first; row < end; row++) {
        size_t n = row / rows->inputs, r = row % rows->inputs;
        const int32_t *row_taps = rows->cover_taps + r * rows->covers;
        for (size_t s = 0; s < columns->inputs; s++) {
            const int32_t *column_taps = columns->cover_taps + s * columns->covers;
            float *out = dx + (row * columns->inputs + s) * channels;
            memset(out, 0, channels * sizeof *out);
            for (int32_t i = 0; i < rows->cover_counts[r]; i++) {
                if (row_taps[i] < 0) continue;
                size_t top = (n * rows->outputs + (size_t)(rows->cover_starts[r] + i)) * columns->outputs;
                for (int32_t j = 0; j < columns->cover_counts[s]; j++) {
                    if (column_taps[j] < 0) continue;
                    size_t at = (top + (size_t)(columns->cover_starts[s] + j)) * channels;
                    int32_t tap = row_taps[i] * (int32_t)columns->taps + column_taps[j];
                    add_matching(dy + at, position + at, tap, out, channels);
                }
            }
        }
    }
}
