#include "weight_gradient_tiles.h"

/* Tiles are as large as the registers allow: rows x 2 vectors of sums, 2 vectors of b and one for an element of a. */

#define LANES 4
#define ROWS 6
#define NAME(name) name##_baseline
#define FUNCTION
#include "weight_gradient_tile.h"

#if defined(__x86_64__)
#define LANES 8
#define ROWS 6
#define NAME(name) name##_avx2
#define FUNCTION __attribute__((target("arch=x86-64-v3")))
#include "weight_gradient_tile.h"

#define LANES 16
#define ROWS 13
#define NAME(name) name##_avx512
#define FUNCTION __attribute__((target("arch=x86-64-v4"), min_vector_width(512)))
#include "weight_gradient_tile.h"
#endif

const cvk_tile_kernel *cvk_tile_kernel_for(enum cvk_instruction_set instructions) {
    switch (instructions) {
#if defined(__x86_64__)
        case CVK_AVX512: return &kernel_avx512;
        case CVK_AVX2: return &kernel_avx2;
#endif
        default: return &kernel_baseline;
    }
}
