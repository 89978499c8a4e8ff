#include "rows.h"

#include <string.h>

void cvk_copy_rows(const void *source, size_t source_stride, void *destination, size_t destination_stride,
                   size_t bytes, size_t rows) {
    const char *from = source;
    char *to = destination;
    for (size_t r = 0; r < rows; r++, from += source_stride, to += destination_stride) memcpy(to, from, bytes);
}
