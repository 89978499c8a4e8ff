#ifndef CVK_TURN_H
#define CVK_TURN_H

#include <stddef.h>
#include <stdint.h>

#define CVK_UNROLL _Pragma("clang loop unroll(full)")

typedef uint32_t cvk_line __attribute__((ext_vector_type(16)));

/* to[j][i] = from[i][j], 16 by 16 elements of 32 bits. */
void cvk_turn(const float *from, size_t from_step, float *to, size_t to_step);

/* Lanes of two vectors: the first (or second) half of each quarter, lane by lane in turn; the same by pairs of lanes; the
   first (or second) halves; and the first (or second) of each two quarters. */
#define CVK_LANES_LOW 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29
#define CVK_LANES_HIGH 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31
#define CVK_PAIRS_LOW 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29
#define CVK_PAIRS_HIGH 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31
#define CVK_HALVES_LOW 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23
#define CVK_HALVES_HIGH 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31
#define CVK_QUARTERS_EVEN 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27
#define CVK_QUARTERS_ODD 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31
#define CVK_MERGED(a, b, lanes) __builtin_shufflevector(a, b, lanes)

/* The same on vectors, inlined so that they stay in registers: rows are interleaved by twos, then by fours, and then
   quarters of vectors find their places. */
static inline __attribute__((always_inline)) void cvk_turn_lines(const cvk_line *from, cvk_line *to) {
    cvk_line t[16], u[16];
    CVK_UNROLL for (int i = 0; i < 16; i += 2) {
        t[i] = CVK_MERGED(from[i], from[i + 1], CVK_LANES_LOW);
        t[i + 1] = CVK_MERGED(from[i], from[i + 1], CVK_LANES_HIGH);
    }
    CVK_UNROLL for (int i = 0; i < 16; i += 4) {
        CVK_UNROLL for (int h = 0; h < 2; h++) {
            u[i + 2 * h] = CVK_MERGED(t[i + h], t[i + 2 + h], CVK_PAIRS_LOW);
            u[i + 2 * h + 1] = CVK_MERGED(t[i + h], t[i + 2 + h], CVK_PAIRS_HIGH);
        }
    }
    /* u[4 q + r] holds, in its k'th quarter, column 4 k + r of rows 4 q .. 4 q + 3. */
    CVK_UNROLL for (int r = 0; r < 4; r++) {
        cvk_line low01 = CVK_MERGED(u[r], u[4 + r], CVK_HALVES_LOW);
        cvk_line low23 = CVK_MERGED(u[8 + r], u[12 + r], CVK_HALVES_LOW);
        cvk_line high01 = CVK_MERGED(u[r], u[4 + r], CVK_HALVES_HIGH);
        cvk_line high23 = CVK_MERGED(u[8 + r], u[12 + r], CVK_HALVES_HIGH);
        to[r] = CVK_MERGED(low01, low23, CVK_QUARTERS_EVEN);
        to[4 + r] = CVK_MERGED(low01, low23, CVK_QUARTERS_ODD);
        to[8 + r] = CVK_MERGED(high01, high23, CVK_QUARTERS_EVEN);
        to[12 + r] = CVK_MERGED(high01, high23, CVK_QUARTERS_ODD);
    }
}

#endif
