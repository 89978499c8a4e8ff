#define _GNU_SOURCE
#include "CSharedMemory.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

int csm_create(const char *name, size_t bytes) {
    int descriptor = memfd_create(name, MFD_CLOEXEC);
    if (descriptor < 0) return -1;
    if (ftruncate(descriptor, (off_t)bytes) == 0) return descriptor;
    int reason = errno;
    close(descriptor);
    errno = reason;
    return -1;
}
