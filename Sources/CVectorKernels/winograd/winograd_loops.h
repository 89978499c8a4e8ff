/* The inner loops of Winograd's convolution for one instruction set. winograd_kernels.c includes this file once for each,
   with LANES (floats of a vector), TILES (most tiles of a product), NAME(x) and FUNCTION (attributes) defined. */

typedef float NAME(vector) __attribute__((vector_size(4 * LANES), aligned(4)));
#define vector NAME(vector)
#define WIDTH (2 * LANES)
#define UNROLL _Pragma("clang loop unroll(full)")
#define INLINE FUNCTION static inline __attribute__((always_inline))

#include "winograd_lines.h"

INLINE vector NAME(load)(const float *at) { return *(const vector *)at; }

INLINE void NAME(store)(float *at, vector value) { *(vector *)at = value; }

/* B^T d B: lines along columns, then along rows. */
FUNCTION static void NAME(transform_input)(const float *x, size_t row_step, size_t channels, float *v,
                                           size_t point_step) {
    for (size_t c = 0; c < channels; c += LANES) {
        vector turned[6][6], line[6];
        UNROLL for (size_t i = 0; i < 6; i++) {
            vector d[6];
            UNROLL for (size_t j = 0; j < 6; j++) d[j] = NAME(load)(x + i * row_step + j * channels + c);
            NAME(input_line)(d, line);
            UNROLL for (size_t j = 0; j < 6; j++) turned[j][i] = line[j];
        }
        UNROLL for (size_t j = 0; j < 6; j++) {
            NAME(input_line)(turned[j], line);
            UNROLL for (size_t i = 0; i < 6; i++) NAME(store)(v + (i * 6 + j) * point_step + c, line[i]);
        }
    }
}

/* The weights at row * 3 + column = `index` of as many outputs as a vector holds, from `output` on. */
INLINE vector NAME(gather)(const winograd_weights *weights, size_t output, size_t index) {
    const float *w = weights->w + output * weights->output_step + (weights->turned ? 8 - index : index);
    vector g;
    UNROLL for (size_t lane = 0; lane < LANES; lane++) g[lane] = w[lane * weights->output_step];
    return g;
}

/* G g G^T: lines along columns, then along rows. */
FUNCTION static void NAME(transform_weights)(const winograd_weights *weights, float *u, size_t point_step) {
    for (size_t output = 0; output < WIDTH; output += LANES) {
        vector turned[6][3], line[6];
        UNROLL for (size_t i = 0; i < 3; i++) {
            vector g[3];
            UNROLL for (size_t j = 0; j < 3; j++) g[j] = NAME(gather)(weights, output, i * 3 + j);
            NAME(weight_line)(g, line);
            UNROLL for (size_t j = 0; j < 6; j++) turned[j][i] = line[j];
        }
        UNROLL for (size_t j = 0; j < 6; j++) {
            NAME(weight_line)(turned[j], line);
            UNROLL for (size_t i = 0; i < 6; i++) NAME(store)(u + (i * 6 + j) * point_step + output, line[i]);
        }
    }
}

/* A^T m A: lines along rows, then along columns. */
FUNCTION static void NAME(transform_output)(const float *m, size_t rows, size_t columns, float *y, size_t row_step,
                                            size_t column_step) {
    for (size_t output = 0; output < WIDTH; output += LANES) {
        vector turned[4][6], line[4];
        UNROLL for (size_t j = 0; j < 6; j++) {
            vector points[6];
            UNROLL for (size_t i = 0; i < 6; i++) points[i] = NAME(load)(m + (i * 6 + j) * WIDTH + output);
            NAME(output_line)(points, line);
            UNROLL for (size_t i = 0; i < 4; i++) turned[i][j] = line[i];
        }
        for (size_t i = 0; i < rows; i++) {
            NAME(output_line)(turned[i], line);
            for (size_t j = 0; j < columns; j++) NAME(store)(y + i * row_step + j * column_step + output, line[j]);
        }
    }
}

/* With `tiles` a constant, so that all sums stay in registers. */
INLINE void NAME(product)(const size_t tiles, const winograd_product *p) {
    vector s[TILES][2];
    UNROLL for (size_t t = 0; t < tiles; t++) s[t][0] = s[t][1] = (vector){0};
    const float *v = p->v, *u = p->u;
    size_t v_step = p->v_step, ahead = p->ahead;
    for (size_t left = p->channels; left > 0; left--, v++, u += WIDTH) {
        __builtin_prefetch(u + ahead, 0, 2);
        vector low = NAME(load)(u), high = NAME(load)(u + LANES);
        UNROLL for (size_t t = 0; t < tiles; t++) {
            s[t][0] += v[t * v_step] * low;
            s[t][1] += v[t * v_step] * high;
        }
    }
    float *m = p->m;
    UNROLL for (size_t t = 0; t < tiles; t++, m += p->m_step) {
        NAME(store)(m, p->add ? NAME(load)(m) + s[t][0] : s[t][0]);
        NAME(store)(m + LANES, p->add ? NAME(load)(m + LANES) + s[t][1] : s[t][1]);
    }
}

FUNCTION static void NAME(multiply)(size_t tiles, const winograd_product *p) {
#define CASE(n) \
    case n: NAME(product)(n, p); break;
    switch (tiles) {
        CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6)
#if TILES == 14
        CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12) CASE(13) CASE(14)
#endif
    }
#undef CASE
}

static const winograd_kernels NAME(kernels) = {
    .tiles = TILES,
    .width = WIDTH,
    .transform_input = NAME(transform_input),
    .transform_weights = NAME(transform_weights),
    .multiply = NAME(multiply),
    .transform_output = NAME(transform_output),
};

#undef vector
#undef WIDTH
#undef UNROLL
#undef INLINE
#undef LANES
#undef TILES
#undef NAME
#undef FUNCTION
