#ifndef CVK_KERNEL_CLONES_H
#define CVK_KERNEL_CLONES_H

#include "../include/cvk_kernels.h"

#if defined(__x86_64__)
#define CVK_X86_64
#endif

/* One for each file beside this one. */
extern const struct cvk_kernels cvk_kernels_baseline, cvk_kernels_avx2, cvk_kernels_avx512;

#endif
