#include "winograd_kernels.h"

/* Products are as large as the registers allow: TILES x 2 vectors of sums, 2 vectors of u and one for an element of v. */

#define LANES 4
#define TILES 6
#define NAME(name) name##_baseline
#define FUNCTION
#include "winograd_loops.h"

#if defined(__x86_64__)
#define LANES 8
#define TILES 6
#define NAME(name) name##_avx2
#define FUNCTION __attribute__((target("arch=x86-64-v3")))
#include "winograd_loops.h"

#define LANES 16
#define TILES 14
#define NAME(name) name##_avx512
#define FUNCTION __attribute__((target("arch=x86-64-v4"), min_vector_width(512)))
#include "winograd_loops.h"
#endif

const winograd_kernels *winograd_kernels_for(enum cvk_instruction_set instructions) {
    switch (instructions) {
#if defined(__x86_64__)
        case CVK_AVX512: return &kernels_avx512;
        case CVK_AVX2: return &kernels_avx2;
#endif
        default: return &kernels_baseline;
    }
}
