#include "segments.h"

#include "clones.h"

CVK_CLONES void cvk_add(float *restrict sum, const float *restrict addend, size_t count) {
    for (size_t i = 0; i < count; i++) sum[i] += addend[i];
}
