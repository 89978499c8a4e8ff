#ifndef CVK_DROPOUT_H
#define CVK_DROPOUT_H

#include <stddef.h>
#include <stdint.h>

/* A sequence of random words: word i is word i mod 4 of the Philox4x32-10 block with this key and the counter
   {i / 4, counter[0], counter[1], counter[2]}. */
struct cvk_random {
    uint32_t key[2];
    uint32_t counter[3];
};

/* What becomes of an element: `dropped` where its word is below the threshold, else scale * x + shift. */
struct cvk_drop_rule {
    uint32_t threshold;
    float scale, shift, dropped;
};

/* For elements of one type, for one instruction set. Arithmetic is f32. */
struct cvk_dropout {
    /* Applies the rule to each x[i] and word i. y may be x; count is at most 2^34. */
    void (*_Nonnull drop)(const void *_Nonnull x, void *_Nonnull y, size_t count, struct cvk_random random,
                          struct cvk_drop_rule rule);
};

#endif
