#ifndef CVK_SEGMENTS_H
#define CVK_SEGMENTS_H

#include <stddef.h>

/* sum[i] += addend[i] for i in 0..<count. The arrays must not overlap. */
void cvk_add(float *sum, const float *addend, size_t count);

#endif
