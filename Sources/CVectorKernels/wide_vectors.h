#ifndef CVK_WIDE_VECTORS_H
#define CVK_WIDE_VECTORS_H

#include <stddef.h>
#include <stdint.h>

/* Sixteen elements, as wide as the widest registers, at any address: the compiler splits them where registers are
   narrower. For kernels that keep sums in registers, which it does not find by itself. */
enum { cvk_width = 16 };
typedef float cvk_floats __attribute__((vector_size(64), aligned(4), may_alias));
typedef int32_t cvk_ints __attribute__((vector_size(64), aligned(4), may_alias));
typedef uint16_t cvk_shorts __attribute__((vector_size(32), aligned(2), may_alias));

#define CVK_INLINE static inline __attribute__((always_inline))

#endif
