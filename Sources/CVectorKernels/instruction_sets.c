#include "instruction_sets.h"

#include "cvk_kernels.h"
#include "clones/clones.h"

#if defined(CVK_X86_64)

bool cvk_can_run(enum cvk_instruction_set set) {
    switch (set) {
    case CVK_AVX512: return __builtin_cpu_supports("x86-64-v4");
    case CVK_AVX2: return __builtin_cpu_supports("x86-64-v3");
    case CVK_BASELINE: return true;
    }
    return false;
}

const struct cvk_kernels *cvk_kernels_for(enum cvk_instruction_set set) {
    switch (set) {
    case CVK_AVX512: return &cvk_kernels_avx512;
    case CVK_AVX2: return &cvk_kernels_avx2;
    case CVK_BASELINE: break;
    }
    return &cvk_kernels_baseline;
}

#else

bool cvk_can_run(enum cvk_instruction_set set) { return set == CVK_BASELINE; }

const struct cvk_kernels *cvk_kernels_for(enum cvk_instruction_set set) { return &cvk_kernels_baseline; }

#endif

enum cvk_instruction_set cvk_best_instruction_set(void) {
    if (cvk_can_run(CVK_AVX512)) return CVK_AVX512;
    return cvk_can_run(CVK_AVX2) ? CVK_AVX2 : CVK_BASELINE;
}
