/* The inner loops of the weight gradient for one instruction set. weight_gradient_tiles.c includes this file once for
   each, with LANES (floats of a vector), ROWS (most rows of a tile), NAME(x) and FUNCTION (attributes) defined. */

typedef float NAME(vector) __attribute__((vector_size(4 * LANES), aligned(4)));
#define vector NAME(vector)
#define WIDTH (2 * LANES)
#define UNROLL _Pragma("clang loop unroll(full)")
#define INLINE FUNCTION static inline __attribute__((always_inline))

INLINE void NAME(add_position)(const int rows, vector s[ROWS][2], const float *a, const float *b) {
    vector low = *(const vector *)b, high = *(const vector *)(b + LANES);
    UNROLL for (int i = 0; i < rows; i++) {
        s[i][0] += a[i] * low;
        s[i][1] += a[i] * high;
    }
}

/* Adds the products of pairs first..<last of positions and fetches with each a row of the old sums, a line to look
   ahead, both or neither. Two positions at a time: with the loop's own instructions at each, the processor would have
   more to decode than it can in the time of the products. */
INLINE void NAME(add_pairs)(const int rows, vector s[ROWS][2], const cvk_tile *t, size_t first, size_t last,
                            const bool fetch_sums, const bool fetch_ahead) {
    const float *a = t->a + 2 * first * rows, *b = t->b + 2 * first * WIDTH;
    const float *sums = t->sums + first * WIDTH, *ahead = t->ahead + first * line_floats;
    for (size_t i = first; i < last; i++, a += 2 * rows, b += 2 * WIDTH, sums += WIDTH, ahead += line_floats) {
        if (fetch_sums) {
            __builtin_prefetch(sums);
            __builtin_prefetch(sums + LANES);
        }
        if (fetch_ahead) __builtin_prefetch(ahead, 0, 2);
        NAME(add_position)(rows, s, a, b);
        NAME(add_position)(rows, s, a + rows, b + WIDTH);
    }
}

/* With `rows` a constant, so that all sums stay in registers. */
INLINE void NAME(tile)(const int rows, const cvk_tile *t) {
    vector s[ROWS][2];
    UNROLL for (int i = 0; i < rows; i++) s[i][0] = s[i][1] = (vector){0};
    size_t pairs = t->count / 2, old = pairs < (size_t)rows ? pairs : (size_t)rows;
    size_t ahead = t->ahead_lines < old ? old : t->ahead_lines < pairs ? t->ahead_lines : pairs;
    NAME(add_pairs)(rows, s, t, 0, old, true, true);
    NAME(add_pairs)(rows, s, t, old, ahead, false, true);
    NAME(add_pairs)(rows, s, t, ahead, pairs, false, false);
    if (t->count % 2) NAME(add_position)(rows, s, t->a + 2 * pairs * rows, t->b + 2 * pairs * WIDTH);
    float *sums = t->sums;
    if (t->add) {
        UNROLL for (int i = 0; i < rows; i++) {
            s[i][0] += *(const vector *)(sums + i * WIDTH);
            s[i][1] += *(const vector *)(sums + i * WIDTH + LANES);
        }
    }
    UNROLL for (int i = 0; i < rows; i++) {
        *(vector *)(sums + i * WIDTH) = s[i][0];
        *(vector *)(sums + i * WIDTH + LANES) = s[i][1];
    }
}

FUNCTION static void NAME(add_tile)(size_t rows, const cvk_tile *t) {
#define CASE(n) \
    case n: NAME(tile)(n, t); break;
    switch (rows) {
        CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6)
#if ROWS == 13
        CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12) CASE(13)
#endif
    }
#undef CASE
}

typedef float NAME(half) __attribute__((vector_size(2 * LANES), aligned(4)));

/* By vectors or by halves, of which the last one overlaps the one before it. */
INLINE void NAME(copy_floats)(const float *source, size_t count, float *target) {
    if (count >= LANES) {
        for (size_t i = 0; i < count - LANES; i += LANES) *(vector *)(target + i) = *(const vector *)(source + i);
        *(vector *)(target + count - LANES) = *(const vector *)(source + count - LANES);
    } else if (count >= LANES / 2) {
        *(NAME(half) *)target = *(const NAME(half) *)source;
        *(NAME(half) *)(target + count - LANES / 2) = *(const NAME(half) *)(source + count - LANES / 2);
    } else {
        for (size_t i = 0; i < count; i++) target[i] = source[i];
    }
}

FUNCTION static void NAME(copy)(const float *source, size_t source_step, size_t count, size_t floats, float *target,
                                size_t target_step) {
#define COPY(floats) \
    for (size_t r = 0; r < count; r++) NAME(copy_floats)(source + r * source_step, floats, target + r * target_step)
    switch (floats) {
        case WIDTH: COPY(WIDTH); break;
        case ROWS: COPY(ROWS); break;
        default: COPY(floats);
    }
#undef COPY
}

static const cvk_tile_kernel NAME(kernel) = {
    .rows = ROWS, .width = WIDTH, .add = NAME(add_tile), .copy = NAME(copy)};

#undef vector
#undef WIDTH
#undef UNROLL
#undef INLINE
#undef LANES
#undef ROWS
#undef NAME
#undef FUNCTION
