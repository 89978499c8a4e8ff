/* The kernels for every processor of the architecture. */
#define CVK_CLONE baseline
#include "every_kernel.h"
