#ifndef CVK_MAXIMUM_WINDOWS_H
#define CVK_MAXIMUM_WINDOWS_H

#include <stddef.h>
#include <stdint.h>

/* The windows of one axis: window o holds the inputs starts[o] + k * step for k in 0..<counts[o], all of them in the
   image, at least one and at most `taps`. And for each input r the windows that may hold it, counted from
   cover_starts[r]: which of the window's inputs it is stands in cover_taps[r * covers + m] for m in
   0..<cover_counts[r], or -1 where the window steps over it. */
typedef struct {
    const int32_t *_Nonnull starts, *_Nonnull counts;
    const int32_t *_Nonnull cover_starts, *_Nonnull cover_counts, *_Nonnull cover_taps;
    size_t step, taps, covers, inputs, outputs;
} cvk_windows;

/* Kernels for elements of one type, for one instruction set. The arrays must not overlap. */
struct cvk_maximum_windows {
    /* y [N, rows.outputs, columns.outputs, C] is the maximum over windows of x [N, rows.inputs, columns.inputs, C],
       stored channels last, with the bits that it has there; and position (like y) tells where it was: row p and
       column q of the window as p * columns.taps + q, which must be below 65536; unless it is NULL. The first of equal
       values wins, and a NaN wins over all numbers.

       Computes the output rows first..<end, counted through all samples. */
    void (*_Nonnull maxima)(const void *_Nonnull x, void *_Nonnull y, uint16_t *_Nullable position, size_t channels,
                            const cvk_windows *_Nonnull rows, const cvk_windows *_Nonnull columns, size_t first,
                            size_t end);

    /* dx (like x) is the sum of dy over the windows whose maximum an element was: added up in f32 in the order of the
       windows, and rounded to the element type once. Computes the input rows first..<end, counted through all
       samples. */
    void (*_Nonnull gradient)(const void *_Nonnull dy, const uint16_t *_Nonnull position, void *_Nonnull dx,
                              size_t channels, const cvk_windows *_Nonnull rows, const cvk_windows *_Nonnull columns,
                              size_t first, size_t end);
};

#endif
