#ifndef CVK_CLONES_H
#define CVK_CLONES_H

/* One portable binary: the compiler emits each function marked CVK_CLONES for AVX-512, AVX2 and the x86-64 baseline,
   and the loader picks one as the machine allows. Elsewhere there is one version, and so under the thread sanitizer:
   it instruments the function that picks, which runs before the sanitizer is ready and crashes the program. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CVK_NO_CLONES
#endif
#endif
#if defined(__x86_64__) && defined(__linux__) && !defined(CVK_NO_CLONES)
#define CVK_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CVK_CLONES
#endif

#endif
