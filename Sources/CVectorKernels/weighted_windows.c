#include "weighted_windows.h"

#include <string.h>

#include "clones.h"
#include "wide_vectors.h"

/* What one output pixel is made of. */
typedef struct {
    const float *x;
    size_t row_stride, channels;
    const float *row_weights, *column_weights;
    int32_t rows, columns;
} window;

/* Four vectors of channels stay in registers while the window passes by. */
CVK_INLINE void weigh_four(const window *w, size_t c, float *y) {
    cvk_floats sum0 = {0}, sum1 = {0}, sum2 = {0}, sum3 = {0};
    for (int32_t p = 0; p < w->rows; p++) {
        const float *x = w->x + (size_t)p * w->row_stride + c;
        for (int32_t q = 0; q < w->columns; q++, x += w->channels) {
            float weight = w->row_weights[p] * w->column_weights[q];
            const cvk_floats *v = (const cvk_floats *)x;
            sum0 += weight * v[0];
            sum1 += weight * v[1];
            sum2 += weight * v[2];
            sum3 += weight * v[3];
        }
    }
    cvk_floats *out = (cvk_floats *)(y + c);
    out[0] = sum0, out[1] = sum1, out[2] = sum2, out[3] = sum3;
}

CVK_INLINE void weigh_one(const window *w, size_t c, float *y) {
    cvk_floats sum = {0};
    for (int32_t p = 0; p < w->rows; p++) {
        const float *x = w->x + (size_t)p * w->row_stride + c;
        for (int32_t q = 0; q < w->columns; q++, x += w->channels) {
            sum += w->row_weights[p] * w->column_weights[q] * *(const cvk_floats *)x;
        }
    }
    *(cvk_floats *)(y + c) = sum;
}

CVK_INLINE void weigh_few(const window *w, float *restrict y) {
    memset(y, 0, w->channels * sizeof *y);
    for (int32_t p = 0; p < w->rows; p++) {
        const float *restrict x = w->x + (size_t)p * w->row_stride;
        for (int32_t q = 0; q < w->columns; q++, x += w->channels) {
            float weight = w->row_weights[p] * w->column_weights[q];
            for (size_t c = 0; c < w->channels; c++) y[c] += weight * x[c];
        }
    }
}

CVK_INLINE void weigh(const window *w, float *y) {
    if (w->channels < cvk_width) {
        weigh_few(w, y);
        return;
    }
    size_t c = 0;
    for (; c + 4 * cvk_width <= w->channels; c += 4 * cvk_width) weigh_four(w, c, y);
    while (c < w->channels) {
        /* The last vector ends with the last channel, and does some again. */
        if (w->channels - c < cvk_width) c = w->channels - cvk_width;
        weigh_one(w, c, y);
        c += cvk_width;
    }
}

CVK_CLONES void cvk_weigh_windows(const float *x, float *y, size_t channels, const cvk_axis *rows,
                                  const cvk_axis *columns, size_t first, size_t end) {
    size_t row_stride = columns->inputs * channels;
    for (size_t row = first; row < end; row++) {
        size_t n = row / rows->outputs, i = row % rows->outputs;
        const float *top = x + (n * rows->inputs + (size_t)rows->starts[i]) * row_stride;
        for (size_t j = 0; j < columns->outputs; j++) {
            window w = {top + (size_t)columns->starts[j] * channels, row_stride, channels,
                        rows->weights + i * rows->taps, columns->weights + j * columns->taps,
                        rows->counts[i], columns->counts[j]};
            weigh(&w, y + (row * columns->outputs + j) * channels);
        }
    }
}
