#ifndef CVK_SHARES_H
#define CVK_SHARES_H

#include <stddef.h>

/* How work and sizes are divided. */

static inline size_t divided_up(size_t value, size_t by) { return (value + by - 1) / by; }

static inline size_t minimum(size_t a, size_t b) { return a < b ? a : b; }

/* The start of piece `index` when `total` things are divided as evenly as may be. */
static inline size_t start_of(size_t index, size_t pieces, size_t total) { return total * index / pieces; }

#endif
