#ifndef CVK_ELEMENTWISE_H
#define CVK_ELEMENTWISE_H

#include <stddef.h>

/* y[i] = max(x[i], 0); NaN stays NaN. y may be x. */
void cvk_relu(const float *x, float *y, size_t count);

/* dx[i] = y[i] > 0 ? dy[i] : 0, with y the output of cvk_relu. dx may be dy. */
void cvk_relu_gradient(const float *y, const float *dy, float *dx, size_t count);

/* sum[i] = a[i] + b[i]. sum may be a or b. */
void cvk_sum(const float *a, const float *b, float *sum, size_t count);

#endif
