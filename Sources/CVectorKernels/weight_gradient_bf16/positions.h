#ifndef CVK_POSITIONS_H
#define CVK_POSITIONS_H

#include <stddef.h>

#include "../include/weight_gradient.h"

/* How positions lie side by side in packed memory, so that a tap of the kernel is a shift of dy against x.

   With stride s, x is split into phases: those of its rows and columns whose index leaves the same remainder by s. Tap t
   of an axis, which begins at t * dilation - padding, then reads phase (that mod s), shifted by (that / s), rounded down.
   Positions of all images lie in one line, `columns.pitch` to a row of the image and `rows.pitch` rows to an image: as
   many more than dy has as it takes for a shift past the edge to arrive at zeros, whichever image or row they pad.

   Instructions want x at positions that are a multiple of 32, and can start dy at any even one. So where some shift is
   odd, there is a second copy of x, one position further on. */

typedef struct {
    size_t taps, stride, dilation, padding; /* as in cvk_convolution */
    size_t input, output;                   /* extents */
    ptrdiff_t lowest, highest;              /* shifts */
    size_t pitch;
    size_t phases; /* that some tap reads */
} cvk_shifted_axis;

typedef struct {
    cvk_shifted_axis rows, columns;
    size_t images;
    size_t copies;        /* of x: 1 or 2 */
    size_t count;         /* of positions of x, a multiple of 32 */
    size_t before, after; /* positions of dy, multiples of 32, that shifts reach before and after those of x */
} cvk_positions;

cvk_positions cvk_positions_of(const cvk_convolution *convolution);

/* How far in front of a position of dy its position of x lies for a tap, [row of the kernel][column]. */
ptrdiff_t cvk_shift(const cvk_positions *positions, size_t tap);

/* Which of the phases, [row][column] and counting those that are in use, a tap reads. */
size_t cvk_phase_of(const cvk_positions *positions, size_t tap);

/* The remainder of an axis that its phase number `index` has. */
size_t cvk_remainder(const cvk_shifted_axis *axis, size_t index);

/* Rows or columns of x that are packed of a phase; zeros follow. */
size_t cvk_packed_extent(const cvk_shifted_axis *axis, size_t remainder);

#endif
