/* `moments` of batch_norm.h for ELEMENT. */

#ifndef CVK_PIVOT_ROWS
#define CVK_PIVOT_ROWS
/* Enough that the pivot lies within a deviation of the mean, few enough that a second look at them costs nothing. */
enum { pivot_rows = 16 };
#endif

/* The mean of `rows` rows that start `distance` elements apart, in f32. */
CVK_INLINE void NAME(pivot_stripe)(const ELEMENT *x, size_t rows, size_t distance, float *pivot, size_t c,
                                   size_t width) {
    struct pair sum = {{0, 0}};
    for (size_t r = 0; r < rows; r++) {
        struct pair row = NAME(load_row)(x + r * distance + c, width);
        EACH_VECTOR(v, width) sum.of[v] += row.of[v];
    }
    EACH_VECTOR(v, width) sum.of[v] /= (float)rows;
    NAME(store_constants)(pivot + c, sum, width);
}

CVK_INLINE void NAME(moments_stripe)(const ELEMENT *x, size_t rows, size_t channels, const float *about, double *sums,
                                     double *squares, size_t c, size_t width) {
    struct pair pivot = NAME(load_constants)(about + c, width), s = {{0, 0}}, q = {{0, 0}};
    size_t next = first_to_fetch(rows, channels, c);
    for (size_t at = c; at < c + rows * channels; at += channels, next += width) {
        NAME(fetch_row)(x + next, width);
        struct pair row = NAME(load_row)(x + at, width);
        EACH_VECTOR(v, width) {
            f32x16 deviation = row.of[v] - pivot.of[v];
            s.of[v] += deviation;
            q.of[v] += deviation * deviation;
        }
    }
    NAME(drain)(sums + c, s, width);
    NAME(drain)(squares + c, q, width);
}

static void NAME(moments)(const void *tile, size_t rows, size_t channels, float *pivot, double *mean,
                          double *squared_deviations) {
    const ELEMENT *x = tile;
    size_t block = rows_of_block(channels, sizeof *x);
    memset(mean, 0, channels * sizeof *mean);
    memset(squared_deviations, 0, channels * sizeof *squared_deviations);
    /* Rows from all over the tile: its first ones may all lie in a corner of an image that is unlike the rest. */
    size_t sampled = smaller(rows, pivot_rows);
    EACH_STRIPE(channels, NAME(pivot_stripe), x, sampled, rows / sampled * channels, pivot)
    for (size_t start = 0; start < rows; start += block) {
        EACH_STRIPE(channels, NAME(moments_stripe), x + start * channels, smaller(rows - start, block), channels,
                    pivot, mean, squared_deviations)
    }
    /* Differences of nearby floats are exact, so that the pivot's own rounding does not matter: it comes back as the
       mean deviation. */
    for (size_t c = 0; c < channels; c++) {
        double deviation = mean[c] / (double)rows;
        double corrected = squared_deviations[c] - mean[c] * deviation;
        squared_deviations[c] = corrected < 0 ? 0 : corrected;
        mean[c] = (double)pivot[c] + deviation;
    }
}
