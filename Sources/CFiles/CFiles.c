#define _GNU_SOURCE
#include "CFiles.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int cf_fallocate(int descriptor, int64_t bytes) { return fallocate(descriptor, 0, 0, bytes); }

int cf_memory_file(const char *name) { return memfd_create(name, 0); }

int cf_end_standard_output(void) {
    int failed = ferror(stdout);
    errno = 0;
    if (fflush(stdout) != 0 || failed) return errno ? errno : -1;
    /* A network file system may say only now that there was no room. Who has closed it has nothing to lose. */
    if (close(STDOUT_FILENO) != 0 && errno != EBADF) return errno;
    return 0;
}
