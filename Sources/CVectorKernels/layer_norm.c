#include "layer_norm.h"

#include <math.h>
#include <string.h>

#include "clones.h"
#include "wide_vectors.h"

/* Elements of a row, and rows, that are summed in f32 before the sum moves to f64. */
enum { block_width = 1024, block_rows = 64 };

/* Lets the compiler add in the order of its vectors. No wider, so that it does not take (x - high) - low apart. */
#define IN_ANY_ORDER(statements) \
    { _Pragma("clang fp reassociate(on)") statements; }

static inline size_t least(size_t a, size_t b) { return a < b ? a : b; }

CVK_INLINE double sum(const float *x, size_t width) {
    double total = 0;
    for (size_t start = 0; start < width; start += block_width) {
        size_t end = least(start + block_width, width);
        float partial = 0;
        for (size_t i = start; i < end; i++) IN_ANY_ORDER(partial += x[i]);
        total += (double)partial;
    }
    return total;
}

/* Rows whose numbers are found side by side: the chain from a row's sum to its deviation is long, and the processor
   works on several such chains at a time. */
enum { together = 8 };

/* Sums of deviations from `about`, and of their squares. */
CVK_INLINE void deviations(const float *x, size_t width, float about, double *sum, double *squares) {
    *sum = *squares = 0;
    for (size_t start = 0; start < width; start += block_width) {
        size_t end = least(start + block_width, width);
        float partial = 0, partial_squares = 0;
        for (size_t i = start; i < end; i++) {
            float d = x[i] - about;
            IN_ANY_ORDER(partial += d; partial_squares += d * d);
        }
        *sum += (double)partial;
        *squares += (double)partial_squares;
    }
}

/* The corrected two-pass algorithm (Chan, Golub, LeVeque 1983): see batch_norm.c. */
CVK_INLINE void moments_of(const float *x, size_t rows, size_t width, double epsilon, cvk_row_moments *moments) {
    float about[together];
    double sums[together], squares[together];
    for (size_t r = 0; r < rows; r++) about[r] = (float)(sum(x + r * width, width) / (double)width);
    for (size_t r = 0; r < rows; r++) deviations(x + r * width, width, about[r], &sums[r], &squares[r]);
    for (size_t r = 0; r < rows; r++) {
        double offset = sums[r] / (double)width, variance = (squares[r] - sums[r] * offset) / (double)width;
        double mean = (double)about[r] + offset;
        moments[r].mean_high = (float)mean;
        moments[r].mean_low = (float)(mean - (double)moments[r].mean_high);
        moments[r].inverse_deviation = (float)(1 / sqrt((variance < 0 ? 0 : variance) + epsilon));
    }
}

CVK_CLONES void cvk_layer_norm(const float *x, float *y, size_t rows, size_t width, const float *restrict scale,
                               const float *restrict shift, double epsilon, cvk_row_moments *moments) {
    for (size_t start = 0; start < rows; start += together) {
        cvk_row_moments found[together];
        size_t count = least(together, rows - start);
        moments_of(x + start * width, count, width, epsilon, found);
        if (moments) memcpy(moments + start, found, count * sizeof *found);
        for (size_t r = 0; r < count; r++) {
            cvk_row_moments m = found[r];
            const float *xr = x + (start + r) * width;
            float *yr = y + (start + r) * width;
#pragma clang loop vectorize(assume_safety)
            for (size_t i = 0; i < width; i++) {
                yr[i] = ((xr[i] - m.mean_high) - m.mean_low) * m.inverse_deviation * scale[i] + shift[i];
            }
        }
    }
}

/* The sums of a row over g and over g * x^, and its share of the parameters' gradients. */
CVK_INLINE void row_sums(const float *restrict x, const float *restrict dy, size_t width, const float *restrict scale,
                         const cvk_row_moments *moments, float *restrict dscale, float *restrict dshift,
                         double sums[2]) {
    cvk_row_moments m = *moments;
    sums[0] = sums[1] = 0;
    for (size_t start = 0; start < width; start += block_width) {
        size_t end = least(start + block_width, width);
        float gradients = 0, products = 0;
        for (size_t i = start; i < end; i++) {
            float normalised = ((x[i] - m.mean_high) - m.mean_low) * m.inverse_deviation;
            float product = dy[i] * normalised;
            dscale[i] += product;
            dshift[i] += dy[i];
            IN_ANY_ORDER(gradients += dy[i] * scale[i]; products += product * scale[i]);
        }
        sums[0] += (double)gradients;
        sums[1] += (double)products;
    }
}

CVK_CLONES static void gradient_block(const float *tile_x, const float *tile_dy, float *tile_dx, size_t rows, size_t width,
                                      const float *restrict scale, const cvk_row_moments *restrict moments,
                                      float *restrict partial) {
    memset(partial, 0, 2 * width * sizeof *partial);
    for (size_t r = 0; r < rows; r++) {
        const float *x = tile_x + r * width, *dy = tile_dy + r * width;
        cvk_row_moments m = moments[r];
        double sums[2];
        row_sums(x, dy, width, scale, &m, partial, partial + width, sums);
        if (!tile_dx) continue;
        float *dx = tile_dx + r * width;
        float mean = (float)(sums[0] / (double)width), mean_product = (float)(sums[1] / (double)width);
#pragma clang loop vectorize(assume_safety)
        for (size_t i = 0; i < width; i++) {
            float normalised = ((x[i] - m.mean_high) - m.mean_low) * m.inverse_deviation;
            dx[i] = m.inverse_deviation * (dy[i] * scale[i] - mean - normalised * mean_product);
        }
    }
}

void cvk_layer_norm_gradient(const float *x, const float *dy, float *dx, size_t rows, size_t width, const float *scale,
                             const cvk_row_moments *moments, float *partial, double *dscale, double *dshift) {
    for (size_t start = 0; start < rows; start += block_rows) {
        size_t offset = start * width;
        gradient_block(x + offset, dy + offset, dx ? dx + offset : NULL, least(block_rows, rows - start), width,
                       scale, moments + start, partial);
        for (size_t i = 0; i < width; i++) dscale[i] += (double)partial[i];
        for (size_t i = 0; i < width; i++) dshift[i] += (double)partial[width + i];
    }
}
