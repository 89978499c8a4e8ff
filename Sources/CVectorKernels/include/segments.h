#ifndef CVK_SEGMENTS_H
#define CVK_SEGMENTS_H

#include "bf16.h"

#include <stddef.h>

/* Sums of the ranks' values. Arrays must not overlap. */

/* sum[i] += addend[i] for i in 0..<count. */
void cvk_add(float *sum, const float *addend, size_t count);

/* The same with an addend that came as bf16. */
void cvk_add_bf16(float *sum, const cvk_bf16 *addend, size_t count);

/* Rounds x to bf16, here and in `rounded`: both ranks of an exchange then go on from the same numbers. */
void cvk_round_bf16(float *x, cvk_bf16 *rounded, size_t count);

/* y = x rounded to bf16; x = y. */
void cvk_narrow_bf16(const float *x, cvk_bf16 *y, size_t count);
void cvk_widen_bf16(const cvk_bf16 *x, float *y, size_t count);

/* For i in from..<to, adds x[0][i], x[1][i], ..., x[parts - 1][i] in this order and writes the sum to y[0][i], ...,
   y[copies - 1][i]. x and y may name the same arrays. Each element is read and written once. */
void cvk_sum_in_order(const float *const *x, size_t parts, float *const *y, size_t copies, size_t from, size_t to);

#endif
