/* The kernels for processors with AVX-512. */
#include "clones.h"

#if defined(CVK_X86_64)
#define CVK_CLONE avx512
#pragma clang attribute push(__attribute__((target("arch=x86-64-v4"), min_vector_width(512))), apply_to = function)
#include "every_kernel.h"
#pragma clang attribute pop
#endif
