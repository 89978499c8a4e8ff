#ifndef CFILES_H
#define CFILES_H

#include <stdint.h>

/* fallocate, a GNU extension that Swift does not import: takes the device's space for the file's first `bytes` bytes and
   makes the file at least that long. Returns -1 with errno set when it fails, EOPNOTSUPP where the file system cannot. */
int cf_fallocate(int descriptor, int64_t bytes);

/* memfd_create, a GNU extension: a file in memory, which a program that this process becomes keeps open. Returns -1 with errno
   set when it fails. */
int cf_memory_file(const char *name);

/* Writes what is left of standard output, which Swift does not let be named since it could vary, and closes it. Returns the
   error; -1 for that of an earlier write, which is no longer known; 0 for none. */
int cf_end_standard_output(void);

#endif
