#ifndef CVK_INSTRUCTION_SETS_H
#define CVK_INSTRUCTION_SETS_H

#include <stdbool.h>

/* The instruction sets that the kernels of cvk_kernels.h are compiled for, each a superset of the one before. Away from
   x86-64 there is the baseline alone. */
enum cvk_instruction_set {
    CVK_BASELINE, /* what every processor of the architecture has */
    CVK_AVX2,     /* x86-64-v3 */
    CVK_AVX512,   /* x86-64-v4 */
};

/* Whether this machine has it. */
bool cvk_can_run(enum cvk_instruction_set set);

/* The last one that this machine has. */
enum cvk_instruction_set cvk_best_instruction_set(void);

#endif
