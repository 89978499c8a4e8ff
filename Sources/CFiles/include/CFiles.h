#ifndef CFILES_H
#define CFILES_H

#include <stdint.h>

/* fallocate, a GNU extension that Swift does not import: takes the device's space for the file's first `bytes` bytes and
   makes the file at least that long. Returns -1 with errno set when it fails, EOPNOTSUPP where the file system cannot. */
int cf_fallocate(int descriptor, int64_t bytes);

#endif
