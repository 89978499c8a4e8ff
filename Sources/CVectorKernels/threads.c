#define _GNU_SOURCE /* RTLD_DEFAULT */
#include "threads.h"

#include <dlfcn.h>
#include <stddef.h>

bool cvk_find_open_mp(struct cvk_open_mp *found) {
    *(void **)&found->set_threads = dlsym(RTLD_DEFAULT, "omp_set_num_threads");
    *(void **)&found->parallel = dlsym(RTLD_DEFAULT, "GOMP_parallel");
    *(void **)&found->thread = dlsym(RTLD_DEFAULT, "omp_get_thread_num");
    *(void **)&found->threads = dlsym(RTLD_DEFAULT, "omp_get_num_threads");
    return *(void **)&found->set_threads && *(void **)&found->parallel && *(void **)&found->thread &&
           *(void **)&found->threads;
}

/* A closure of Swift that does not escape is a function and a context. Here it is called through a C function pointer
   without being copied to the heap, as Swift itself would have to do to store it: a step must not allocate. */
typedef __attribute__((swiftcall)) void (*part_body)(size_t part, __attribute__((swift_context)) const void *context);

struct part_loop {
    part_body body;
    const void *context;
    size_t parts;
    const struct cvk_open_mp *open_mp;
};

/* One thread's share. The runtime may give fewer threads than were asked for, so shares follow from what it gave. */
static void run_share(void *data) {
    const struct part_loop *loop = data;
    size_t threads = (size_t)loop->open_mp->threads();
    for (size_t part = (size_t)loop->open_mp->thread(); part < loop->parts; part += threads)
        loop->body(part, loop->context);
}

/* Calls body(part) for every part in 0..<parts on at most `threads` threads, and waits for all of them. */
__attribute__((swiftcall)) void cvk_run_parts(size_t parts, part_body body, const void *context, size_t threads,
                                              const struct cvk_open_mp *open_mp) {
    struct part_loop loop = {body, context, parts, open_mp};
    open_mp->parallel(run_share, &loop, (unsigned)threads, 0);
}
