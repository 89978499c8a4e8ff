#ifndef CVK_TURN_H
#define CVK_TURN_H

#include <stddef.h>
#include <stdint.h>

#define CVK_UNROLL _Pragma("clang loop unroll(full)")

typedef uint32_t cvk_line __attribute__((ext_vector_type(16)));

/* to[j][i] = from[i][j], 16 by 16 elements of 32 bits. */
void cvk_turn(const float *from, size_t from_step, float *to, size_t to_step);

/* The same on vectors, inlined so that they stay in registers: pairs of rows are interleaved, then pairs of pairs, and
   so on. */
static inline __attribute__((always_inline)) void cvk_turn_lines(const cvk_line *from, cvk_line *to) {
    cvk_line t[16];
    CVK_UNROLL for (int i = 0; i < 16; i += 2) {
        t[i] = __builtin_shufflevector(from[i], from[i + 1], 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
        t[i + 1] = __builtin_shufflevector(from[i], from[i + 1], 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
    }
    cvk_line u[16];
    CVK_UNROLL for (int i = 0; i < 16; i += 4) {
        CVK_UNROLL for (int h = 0; h < 2; h++) {
            u[i + 2 * h] = __builtin_shufflevector(t[i + h], t[i + 2 + h], 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
            u[i + 2 * h + 1] = __builtin_shufflevector(t[i + h], t[i + 2 + h], 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
        }
    }
    /* u[4 q + r]: in its k'th quarter, column 4 k + r of rows 4 q .. 4 q + 3. */
    CVK_UNROLL for (int r = 0; r < 4; r++) {
        cvk_line low01 = __builtin_shufflevector(u[r], u[4 + r], 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
        cvk_line high01 = __builtin_shufflevector(u[r], u[4 + r], 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
        cvk_line low23 = __builtin_shufflevector(u[8 + r], u[12 + r], 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
        cvk_line high23 = __builtin_shufflevector(u[8 + r], u[12 + r], 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
#define FIRST 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27
#define SECOND 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31
        to[r] = __builtin_shufflevector(low01, low23, FIRST);
        to[4 + r] = __builtin_shufflevector(low01, low23, SECOND);
        to[8 + r] = __builtin_shufflevector(high01, high23, FIRST);
        to[12 + r] = __builtin_shufflevector(high01, high23, SECOND);
    }
}

#undef FIRST
#undef SECOND

#endif
