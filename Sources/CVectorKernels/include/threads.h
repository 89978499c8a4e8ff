#ifndef CVK_THREADS_H
#define CVK_THREADS_H

#include <stdbool.h>

/* What is used of an OpenMP runtime: GNU's, or one that has its entry points too, as LLVM's and Intel's. */
struct cvk_open_mp {
    /* Sets how many threads work takes that the calling thread starts without saying how many. */
    void (*set_threads)(int count);
    /* Calls body(data) once on each of `threads` threads of the calling thread's pool, and waits for all of them. */
    void (*parallel)(void (*body)(void *data), void *data, unsigned threads, unsigned flags);
    /* Inside of `parallel`: which of the threads this is, and how many there are. */
    int (*thread)(void);
    int (*threads)(void);
};

/* Finds the runtime that oneDNN has brought into this process, so that there is one pool of threads and no second
   runtime. False when there is none. */
bool cvk_find_open_mp(struct cvk_open_mp *found);

/* threads.c also holds cvk_run_parts, which has Swift's calling convention and is declared in ThreadTeam.swift. */

#endif
