#include "turn.h"

#include "../clones.h"

typedef uint32_t unaligned_line __attribute__((ext_vector_type(16), aligned(4), may_alias));

CVK_CLONES void cvk_turn(const float *from, size_t from_step, float *to, size_t to_step) {
    cvk_line rows[16], columns[16];
    CVK_UNROLL for (size_t i = 0; i < 16; i++) rows[i] = *(const unaligned_line *)(from + i * from_step);
    cvk_turn_lines(rows, columns);
    CVK_UNROLL for (size_t i = 0; i < 16; i++) *(unaligned_line *)(to + i * to_step) = columns[i];
}
