#ifndef CVK_PACKING_H
#define CVK_PACKING_H

#include "../include/bf16.h"
#include "positions.h"

/* Positions, channels and outputs are packed in groups of 32. */
enum { cvk_group = 32, cvk_block = cvk_group * cvk_group };

/* Positions start..<start + count of x, both multiples of 32, and those of dy that they meet. */
typedef struct {
    size_t start, count;
} cvk_chunk;

/* What is read of x as one position. Where few channels would leave most of a group empty, those of all taps of a kernel's
   row are taken for channels of one tap. */
typedef struct {
    cvk_convolution seen;
    size_t row_elements;    /* of x */
    ptrdiff_t first_offset; /* in a row, of what the first position reads */
    size_t position_step;   /* elements from there to what the next position of the same phase reads */
} cvk_reading;

cvk_reading cvk_reading_of(const cvk_convolution *convolution);

/* packed[copy][phase][group of channels][group of positions][channel][position], anything after the last channel: one
   part of it. A group of 16 channels or less has no more. `packed_groups` is how many groups of positions there is room for. */
void cvk_pack_input(const cvk_reading *reading, const cvk_positions *positions, cvk_chunk chunk, const cvk_bf16 *x,
                    cvk_bf16 *packed, size_t packed_groups, size_t part, size_t parts);

/* packed[group of outputs][pair of positions][output][2], anything after the last output: one part of it. */
void cvk_pack_outputs(const cvk_convolution *convolution, const cvk_positions *positions, cvk_chunk chunk, const cvk_bf16 *dy,
                      cvk_bf16 *packed, size_t packed_groups, size_t part, size_t parts);

#endif
