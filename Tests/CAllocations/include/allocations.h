#ifndef ALLOCATIONS_H
#define ALLOCATIONS_H

#include <stdbool.h>
#include <stddef.h>

/* Counts allocations by all threads from now on, or no more. What was counted before stays. */
void allocations_count(bool enabled);

/* What has been counted, to be asked for when nothing is counted any more. */

/* Allocations by the program's own code. */
size_t allocations_ours(void);

/* By the code of one file: the program or a library. */
struct allocation_source {
    /* Its path; NULL for code whose file is not known. */
    const char *file;
    size_t calls;
};

/* NULL behind the last. */
const struct allocation_source *allocations_source(size_t index);

/* A way to some of ours, different for every index: the innermost `depth` return addresses that lie in the program's file,
   as offsets from its start. NULL behind the last. */
const size_t *allocations_trace(size_t index, size_t *depth);

#endif
