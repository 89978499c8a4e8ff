#ifndef CVK_MAXIMUM_WINDOWS_H
#define CVK_MAXIMUM_WINDOWS_H

#include <stddef.h>
#include <stdint.h>

/* The windows of one axis: window o holds the inputs starts[o] + k * step for k in 0..<counts[o], all of them in the
   image, at least one and at most `taps`. And for each input r the windows that may hold it, counted from
   cover_starts[r]: which of the window's inputs it is stands in cover_taps[r * covers + m] for m in
   0..<cover_counts[r], or -1 where the window steps over it. */
typedef struct {
    const int32_t *starts, *counts;
    const int32_t *cover_starts, *cover_counts, *cover_taps;
    size_t step, taps, covers, inputs, outputs;
} cvk_windows;

/* y [N, rows.outputs, columns.outputs, C] is the maximum over windows of x [N, rows.inputs, columns.inputs, C], stored
   channels last, and position (like y) tells where it was: row p and column q of the window as p * columns.taps + q,
   which must be below 65536; unless it is NULL. The first of equal values wins, and a NaN wins over all.

   Computes the output rows first..<end, counted through all samples. */
void cvk_maximum_windows(const float *x, float *y, uint16_t *position, size_t channels, const cvk_windows *rows,
                         const cvk_windows *columns, size_t first, size_t end);

/* dx (like x) is the sum of dy over the windows whose maximum an element was. Computes the input rows first..<end,
   counted through all samples. */
void cvk_maximum_windows_gradient(const float *dy, const uint16_t *position, float *dx, size_t channels,
                                  const cvk_windows *rows, const cvk_windows *columns, size_t first, size_t end);

#endif
