/* The kernels for processors with AVX2. */
#include "clones.h"

#if defined(CVK_X86_64)
#define CVK_CLONE avx2
#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
#include "every_kernel.h"
#pragma clang attribute pop
#endif
