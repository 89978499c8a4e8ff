#include "positions.h"

#include <stdbool.h>

static ptrdiff_t larger(ptrdiff_t a, ptrdiff_t b) { return a > b ? a : b; }

static size_t rounded_up(ptrdiff_t value) { return value <= 0 ? 0 : ((size_t)value + 31) / 32 * 32; }

/* Where in x, with stride 1, a tap sees the first position. */
static ptrdiff_t start_of(const cvk_shifted_axis *axis, size_t tap) {
    return (ptrdiff_t)(tap * axis->dilation) - (ptrdiff_t)axis->padding;
}

static ptrdiff_t shift_of(const cvk_shifted_axis *axis, size_t tap) {
    ptrdiff_t start = start_of(axis, tap), stride = (ptrdiff_t)axis->stride;
    return start >= 0 ? start / stride : -((stride - 1 - start) / stride);
}

static size_t remainder_of(const cvk_shifted_axis *axis, size_t tap) {
    return (size_t)(start_of(axis, tap) - shift_of(axis, tap) * (ptrdiff_t)axis->stride);
}

static bool is_read(const cvk_shifted_axis *axis, size_t remainder) {
    for (size_t tap = 0; tap < axis->taps; tap++) {
        if (remainder_of(axis, tap) == remainder) return true;
    }
    return false;
}

static size_t phase_index(const cvk_shifted_axis *axis, size_t tap) {
    size_t index = 0;
    for (size_t remainder = 0; remainder < remainder_of(axis, tap); remainder++) index += is_read(axis, remainder);
    return index;
}

size_t cvk_remainder(const cvk_shifted_axis *axis, size_t index) {
    for (size_t remainder = 0;; remainder++) {
        if (is_read(axis, remainder) && index-- == 0) return remainder;
    }
}

size_t cvk_packed_extent(const cvk_shifted_axis *axis, size_t remainder) {
    size_t extent = axis->input > remainder ? (axis->input - remainder + axis->stride - 1) / axis->stride : 0;
    size_t seen = (size_t)larger((ptrdiff_t)axis->output + axis->highest, 0);
    return extent < seen ? extent : seen;
}

ptrdiff_t cvk_shift(const cvk_positions *p, size_t tap) {
    return shift_of(&p->rows, tap / p->columns.taps) * (ptrdiff_t)p->columns.pitch +
           shift_of(&p->columns, tap % p->columns.taps);
}

size_t cvk_phase_of(const cvk_positions *p, size_t tap) {
    return phase_index(&p->rows, tap / p->columns.taps) * p->columns.phases +
           phase_index(&p->columns, tap % p->columns.taps);
}

static void plan_axis(cvk_shifted_axis *axis) {
    axis->lowest = shift_of(axis, 0);
    axis->highest = shift_of(axis, axis->taps - 1);
    for (size_t remainder = 0; remainder < axis->stride; remainder++) axis->phases += is_read(axis, remainder);
    /* The phase of remainder 0 is the longest. */
    ptrdiff_t zeros = larger(-axis->lowest, 0), packed = (ptrdiff_t)cvk_packed_extent(axis, 0);
    axis->pitch = (size_t)larger((ptrdiff_t)axis->output + larger(axis->highest, 0), packed + zeros);
}

static bool has_odd_shift(const cvk_positions *p) {
    for (size_t tap = 0; tap < p->rows.taps * p->columns.taps; tap++) {
        if (cvk_shift(p, tap) % 2 != 0) return true;
    }
    return false;
}

cvk_positions cvk_positions_of(const cvk_convolution *s) {
    cvk_positions p = {
        .rows = {s->kernel_height, s->stride_height, s->dilation_height, s->padding_height, s->height, s->output_height},
        .columns = {s->kernel_width, s->stride_width, s->dilation_width, s->padding_width, s->width, s->output_width},
        .images = s->images,
    };
    plan_axis(&p.rows);
    plan_axis(&p.columns);
    ptrdiff_t lowest = cvk_shift(&p, 0), highest = cvk_shift(&p, p.rows.taps * p.columns.taps - 1);
    p.copies = has_odd_shift(&p) ? 2 : 1;
    ptrdiff_t further = (ptrdiff_t)p.copies - 1;
    p.count = rounded_up((ptrdiff_t)(p.images * p.rows.pitch * p.columns.pitch) + further);
    p.before = rounded_up(highest + further);
    p.after = rounded_up(-lowest);
    return p;
}
