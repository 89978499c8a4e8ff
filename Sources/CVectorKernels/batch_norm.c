#include "batch_norm.h"

#include <string.h>

#include "clones.h"

/* Rows that are summed in f32 before the sum moves to f64: few enough to keep the error at a few units of the last
   place, enough to make the f64 additions free. */
enum { block_rows = 64 };

static size_t block_end(size_t start, size_t rows) {
    return rows - start < block_rows ? rows : start + block_rows;
}

CVK_CLONES static void drain(const float *restrict partial, size_t channels, double *restrict sum) {
    for (size_t c = 0; c < channels; c++) sum[c] += (double)partial[c];
}

CVK_CLONES static void sum_block(const float *restrict x, size_t rows, size_t channels, float *restrict sum) {
    memset(sum, 0, channels * sizeof *sum);
    size_t r = 0;
    for (; r + 4 <= rows; r += 4) {
        const float *restrict x0 = x + r * channels, *restrict x1 = x0 + channels;
        const float *restrict x2 = x1 + channels, *restrict x3 = x2 + channels;
        for (size_t c = 0; c < channels; c++) sum[c] += (x0[c] + x1[c]) + (x2[c] + x3[c]);
    }
    for (; r < rows; r++) {
        for (size_t c = 0; c < channels; c++) sum[c] += x[r * channels + c];
    }
}

CVK_CLONES static void deviation_block(const float *restrict x, size_t rows, size_t channels,
                                       const float *restrict about, float *restrict sum,
                                       float *restrict squares) {
    memset(sum, 0, channels * sizeof *sum);
    memset(squares, 0, channels * sizeof *squares);
    size_t r = 0;
    for (; r + 2 <= rows; r += 2) {
        const float *restrict x0 = x + r * channels, *restrict x1 = x0 + channels;
        for (size_t c = 0; c < channels; c++) {
            float d0 = x0[c] - about[c], d1 = x1[c] - about[c];
            sum[c] += d0 + d1;
            squares[c] += d0 * d0 + d1 * d1;
        }
    }
    for (; r < rows; r++) {
        for (size_t c = 0; c < channels; c++) {
            float d = x[r * channels + c] - about[c];
            sum[c] += d;
            squares[c] += d * d;
        }
    }
}

void cvk_batch_norm_moments(const float *x, size_t rows, size_t channels, float *partial, double *mean,
                            double *squared_deviations) {
    float *sum = partial, *squares = partial + channels, *about = partial + 2 * channels;
    memset(mean, 0, channels * sizeof *mean);
    for (size_t start = 0; start < rows; start = block_end(start, rows)) {
        sum_block(x + start * channels, block_end(start, rows) - start, channels, sum);
        drain(sum, channels, mean);
    }
    /* The first pass' mean, rounded to f32, is only the point that deviations are taken from: differences of nearby
       floats are exact, and what the rounding left over comes back as the mean deviation. */
    for (size_t c = 0; c < channels; c++) {
        about[c] = (float)(mean[c] / (double)rows);
        mean[c] = 0;
        squared_deviations[c] = 0;
    }
    for (size_t start = 0; start < rows; start = block_end(start, rows)) {
        deviation_block(x + start * channels, block_end(start, rows) - start, channels, about, sum, squares);
        drain(sum, channels, mean);
        drain(squares, channels, squared_deviations);
    }
    for (size_t c = 0; c < channels; c++) {
        double deviation = mean[c] / (double)rows;
        squared_deviations[c] -= mean[c] * deviation;
        if (squared_deviations[c] < 0) squared_deviations[c] = 0;
        mean[c] = (double)about[c] + deviation;
    }
}

CVK_CLONES void cvk_batch_norm_normalise(const float *x, float *y, size_t rows, size_t channels,
                                         const float *restrict mean_high, const float *restrict mean_low,
                                         const float *restrict scale, const float *restrict shift) {
    for (size_t r = 0; r < rows; r++) {
        const float *xr = x + r * channels;
        float *yr = y + r * channels;
#pragma clang loop vectorize(assume_safety)
        for (size_t c = 0; c < channels; c++) {
            yr[c] = ((xr[c] - mean_high[c]) - mean_low[c]) * scale[c] + shift[c];
        }
    }
}

CVK_CLONES static void gradient_block(const float *restrict x, const float *restrict dy, size_t rows,
                                      size_t channels, const float *restrict high, const float *restrict low,
                                      float *restrict sum, float *restrict products) {
    memset(sum, 0, channels * sizeof *sum);
    memset(products, 0, channels * sizeof *products);
    size_t r = 0;
    for (; r + 2 <= rows; r += 2) {
        const float *restrict x0 = x + r * channels, *restrict x1 = x0 + channels;
        const float *restrict dy0 = dy + r * channels, *restrict dy1 = dy0 + channels;
        for (size_t c = 0; c < channels; c++) {
            sum[c] += dy0[c] + dy1[c];
            products[c] += dy0[c] * ((x0[c] - high[c]) - low[c]) + dy1[c] * ((x1[c] - high[c]) - low[c]);
        }
    }
    for (; r < rows; r++) {
        for (size_t c = 0; c < channels; c++) {
            float gradient = dy[r * channels + c];
            sum[c] += gradient;
            products[c] += gradient * ((x[r * channels + c] - high[c]) - low[c]);
        }
    }
}

void cvk_batch_norm_gradient_sums(const float *x, const float *dy, size_t rows, size_t channels,
                                  const float *mean_high, const float *mean_low, float *partial, double *sum,
                                  double *sum_centred) {
    memset(sum, 0, channels * sizeof *sum);
    memset(sum_centred, 0, channels * sizeof *sum_centred);
    for (size_t start = 0; start < rows; start = block_end(start, rows)) {
        size_t offset = start * channels;
        gradient_block(x + offset, dy + offset, block_end(start, rows) - start, channels, mean_high, mean_low, partial,
                       partial + channels);
        drain(partial, channels, sum);
        drain(partial + channels, channels, sum_centred);
    }
}

CVK_CLONES void cvk_batch_norm_input_gradient(const float *x, const float *dy, float *dx, size_t rows,
                                              size_t channels, const float *restrict mean_high,
                                              const float *restrict mean_low, const float *restrict a,
                                              const float *restrict b, const float *restrict constant) {
    for (size_t r = 0; r < rows; r++) {
        const float *xr = x + r * channels, *dyr = dy + r * channels;
        float *dxr = dx + r * channels;
#pragma clang loop vectorize(assume_safety)
        for (size_t c = 0; c < channels; c++) {
            dxr[c] = a[c] * dyr[c] + (b[c] * ((xr[c] - mean_high[c]) - mean_low[c]) + constant[c]);
        }
    }
}
