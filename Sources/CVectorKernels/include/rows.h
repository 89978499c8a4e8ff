#ifndef CVK_ROWS_H
#define CVK_ROWS_H

#include <stddef.h>

/* Copies `rows` pieces of `bytes` bytes; strides are from the start of one piece to the start of the next, in bytes.
   Source and destination must not overlap. */
void cvk_copy_rows(const void *source, size_t source_stride, void *destination, size_t destination_stride,
                   size_t bytes, size_t rows);

#endif
