#define _GNU_SOURCE
#include "CFiles.h"

#include <fcntl.h>

int cf_fallocate(int descriptor, int64_t bytes) { return fallocate(descriptor, 0, 0, bytes); }
