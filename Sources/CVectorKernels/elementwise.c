#include "elementwise.h"

#include "clones.h"

CVK_CLONES void cvk_relu(const float *x, float *y, size_t count) {
#pragma clang loop vectorize(assume_safety)
    for (size_t i = 0; i < count; i++) y[i] = x[i] < 0 ? 0 : x[i];
}

CVK_CLONES void cvk_relu_gradient(const float *y, const float *dy, float *dx, size_t count) {
#pragma clang loop vectorize(assume_safety)
    for (size_t i = 0; i < count; i++) dx[i] = y[i] > 0 ? dy[i] : 0;
}

CVK_CLONES void cvk_sum(const float *a, const float *b, float *sum, size_t count) {
#pragma clang loop vectorize(assume_safety)
    for (size_t i = 0; i < count; i++) sum[i] = a[i] + b[i];
}
