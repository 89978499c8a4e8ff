#include "batch_norm.h"

/* The same bits on every machine, with or without a fused multiply-add. */
#pragma STDC FP_CONTRACT OFF

void cvk_merge_moments(size_t seen, double *mean, double *squared_deviations, size_t added, const double *added_mean,
                       const double *added_squared_deviations, size_t channels) {
    double a = (double)seen, b = (double)added;
    for (size_t c = 0; c < channels; c++) {
        double delta = added_mean[c] - mean[c];
        mean[c] += delta * (b / (a + b));
        squared_deviations[c] += added_squared_deviations[c] + delta * delta * (a * b / (a + b));
    }
}
