/* Stands in for the C library's malloc, for every library of the process too, and counts the calls by who made them.

   Who that is, the stack says: the innermost frame that belongs neither to the C or C++ library nor to Swift's runtime and
   libraries, which allocate for others. */
#define _GNU_SOURCE /* dladdr */
#include "allocations.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

/* glibc's own, under the names that it keeps for its replacements. */
extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t count, size_t bytes);
extern void *__libc_realloc(void *memory, size_t bytes);
extern void *__libc_memalign(size_t alignment, size_t bytes);

enum { FRAMES = 96, SOURCES = 32, TRACES = 16, PLACES = 10 };

static atomic_bool counting;
/* Whether this thread is writing down an allocation; what that allocates is not counted. */
static _Thread_local bool noting;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static size_t ours;
static struct allocation_source sources[SOURCES];
static size_t source_count;
static struct trace {
    size_t depth;
    size_t places[PLACES];
} traces[TRACES];
static size_t trace_count;

static bool allocates_for_others(const char *file) {
    static const char *const names[] = {"libc.so",  "ld-linux",      "libstdc++",      "libgcc_s",
                                        "libswift", "libFoundation", "lib_Foundation", "libdispatch"};
    const char *slash = strrchr(file, '/');
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strncmp(slash ? slash + 1 : file, names[i], strlen(names[i])) == 0) return true;
    return false;
}

static void add_source(const char *file) {
    size_t i = 0;
    while (i < source_count && sources[i].file != file) i++;
    if (i == SOURCES) return;
    if (i == source_count) source_count++;
    sources[i].file = file;
    sources[i].calls++;
}

static void add_trace(void *const *frames, int depth, const void *program) {
    struct trace trace = {0};
    for (int i = 0; i < depth && trace.depth < PLACES; i++) {
        Dl_info frame;
        if (dladdr(frames[i], &frame) && frame.dli_fbase == program)
            trace.places[trace.depth++] = (size_t)((uintptr_t)frames[i] - (uintptr_t)program);
    }
    size_t i = 0;
    while (i < trace_count && memcmp(&traces[i], &trace, sizeof trace) != 0) i++;
    if (i == trace_count && i < TRACES) traces[trace_count++] = trace;
}

/* For the functions below alone: two frames lie before their caller's. */
__attribute__((noinline)) static void note(void) {
    if (!atomic_load_explicit(&counting, memory_order_relaxed) || noting) return;
    noting = true;
    void *frames[FRAMES];
    int depth = backtrace(frames, FRAMES);
    Dl_info program, source;
    dladdr((void *)note, &program);
    int i = 2;
    while (i < depth && (!dladdr(frames[i], &source) || allocates_for_others(source.dli_fname))) i++;
    pthread_mutex_lock(&lock);
    add_source(i < depth ? source.dli_fname : NULL);
    if (i < depth && source.dli_fbase == program.dli_fbase) {
        ours++;
        add_trace(frames + i, depth - i, program.dli_fbase);
    }
    pthread_mutex_unlock(&lock);
    noting = false;
}

void allocations_count(bool enabled) {
    /* The unwinder loads a library when it is first used. */
    void *frame;
    backtrace(&frame, 1);
    atomic_store(&counting, enabled);
}

size_t allocations_ours(void) { return ours; }

const struct allocation_source *allocations_source(size_t index) {
    return index < source_count ? &sources[index] : NULL;
}

const size_t *allocations_trace(size_t index, size_t *depth) {
    if (index >= trace_count) return NULL;
    *depth = traces[index].depth;
    return traces[index].places;
}

void *malloc(size_t bytes) {
    note();
    return __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes) {
    note();
    return __libc_calloc(count, bytes);
}

void *realloc(void *memory, size_t bytes) {
    note();
    return __libc_realloc(memory, bytes);
}

void *memalign(size_t alignment, size_t bytes) {
    note();
    return __libc_memalign(alignment, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes) {
    note();
    return __libc_memalign(alignment, bytes);
}

int posix_memalign(void **memory, size_t alignment, size_t bytes) {
    note();
    if (alignment == 0 || alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0) return EINVAL;
    void *allocated = __libc_memalign(alignment, bytes);
    if (!allocated) return ENOMEM;
    *memory = allocated;
    return 0;
}
