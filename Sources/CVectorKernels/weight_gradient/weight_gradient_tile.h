/* The inner loops of the weight gradient for one instruction set. weight_gradient_tiles.c includes this file once for
   each, with LANES (floats of a vector), ROWS (most rows of a tile), NAME(x) and FUNCTION (attributes) defined. */

typedef float NAME(vector) __attribute__((vector_size(4 * LANES), aligned(4)));
#define vector NAME(vector)
#define WIDTH (2 * LANES)
#define UNROLL _Pragma("clang loop unroll(full)")
#define INLINE FUNCTION static inline __attribute__((always_inline))

/* Adds the products of one position. Its floats of `a`, which touch two cache lines at most, come from the second level
   of cache; fetched four positions (some 50 cycles) ahead they cost little, while without that 15 % are lost. */
INLINE void NAME(add_position)(const int rows, vector s[ROWS][2], const float *a, size_t a_step, const float *b) {
    __builtin_prefetch(a + 4 * a_step);
    __builtin_prefetch(a + 4 * a_step + rows - 1);
    vector low = *(const vector *)b, high = *(const vector *)(b + LANES);
    UNROLL for (int i = 0; i < rows; i++) {
        s[i][0] += a[i] * low;
        s[i][1] += a[i] * high;
    }
}

/* With `rows` a constant, so that all sums stay in registers. Two positions at a time: with the loop's own instructions
   at each, the processor would have more to decode than it can in the time of the products. The old sums are fetched
   little by little, since a burst of them holds up `a`. */
INLINE void NAME(tile)(const int rows, const cvk_tile *t) {
    vector s[ROWS][2];
    UNROLL for (int i = 0; i < rows; i++) s[i][0] = s[i][1] = (vector){0};
    const float *a = t->a, *b = t->b, *old = t->sums, *ahead = t->ahead;
    size_t left = t->count, a_step = t->a_step, ahead_step = t->ahead_step;
    size_t old_step = 4 * (size_t)rows * WIDTH / t->count;
    for (; left >= 2; left -= 2) {
        __builtin_prefetch(old);
        __builtin_prefetch(ahead, 0, 2);
        NAME(add_position)(rows, s, a, a_step, b);
        a += a_step;
        NAME(add_position)(rows, s, a, a_step, b + WIDTH);
        a += a_step;
        b += 2 * WIDTH;
        old += old_step;
        ahead += ahead_step;
    }
    if (left > 0) NAME(add_position)(rows, s, a, a_step, b);
    float *sums = t->sums;
    UNROLL for (int i = 0; i < rows; i++, sums += WIDTH) {
        vector *low = (vector *)sums, *high = (vector *)(sums + LANES);
        *low = t->add ? *low + s[i][0] : s[i][0];
        *high = t->add ? *high + s[i][1] : s[i][1];
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

INLINE void NAME(copy_floats)(const float *source, size_t count, float *target) {
    if (count < LANES) {
        for (size_t i = 0; i < count; i++) target[i] = source[i];
        return;
    }
    for (size_t i = 0; i < count - LANES; i += LANES) *(vector *)(target + i) = *(const vector *)(source + i);
    *(vector *)(target + count - LANES) = *(const vector *)(source + count - LANES);
}

FUNCTION static void NAME(copy)(const float *source, size_t source_step, size_t count, size_t floats, float *target,
                                size_t target_step) {
    if (floats == WIDTH) {
        for (size_t r = 0; r < count; r++) NAME(copy_floats)(source + r * source_step, WIDTH, target + r * target_step);
    } else {
        for (size_t r = 0; r < count; r++) NAME(copy_floats)(source + r * source_step, floats, target + r * target_step);
    }
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
