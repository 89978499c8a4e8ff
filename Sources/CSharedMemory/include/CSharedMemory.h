#ifndef CSHAREDMEMORY_H
#define CSHAREDMEMORY_H

#include <stddef.h>
#include <stdint.h>

/* Why shims: memfd_create is a GNU extension that Swift does not import, and Swift's own atomics cannot be laid over memory
   that another process owns too. */

/* memfd_create and ftruncate: a file without a name, of `bytes` zeros, that is gone with its last mapping. The descriptor,
   or -1 with errno set. */
int csm_create(const char *name, size_t bytes);

/* A word that one rank writes and others read. Who sees the stored value also sees all that was written before it. */
static inline uint64_t csm_load_acquire(const uint64_t *word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE); }
static inline void csm_store_release(uint64_t *word, uint64_t value) { __atomic_store_n(word, value, __ATOMIC_RELEASE); }

/* Tells the processor that this is a loop that waits. */
static inline void csm_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

#endif
