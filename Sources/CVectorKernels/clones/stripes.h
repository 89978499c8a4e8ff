/* How the kernels of batch_norm.h walk a tile: in blocks of rows, a block in stripes of channels, and a stripe row by
   row, so that a stripe's constants and sums stay in registers. A stripe has 32 channels, or what is left of them in
   pieces of 16, 8, 4 and 1; `width` is a constant everywhere. */

/* Rows that are summed in f32 before the sum moves to f64: few enough to keep the error at a few units of the last
   place, enough to make the f64 additions cheap. */
enum { most_block_rows = 64, least_block_rows = 8, block_bytes = 32768 };

/* Wide rows make short blocks: with 64 rows of 1024 f32 channels a block's stripes jump through more pages than the
   processor prefetches from, which halved the speed on tiles that come from memory. */
CVK_INLINE size_t rows_of_block(size_t channels, size_t element_bytes) {
    size_t rows = block_bytes / (channels * element_bytes);
    return rows < least_block_rows ? least_block_rows : rows > most_block_rows ? most_block_rows : rows;
}

CVK_INLINE size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

/* stripe(..., c, width) for stripes that cover the channels, each as wide as still fits; `c` is a stripe's first
   channel. */
#define EACH_STRIPE(channels, stripe, ...)                                                                            \
    for (size_t c = 0, left; (left = (channels) - c) > 0;) {                                                          \
        if (left >= 32) {                                                                                             \
            stripe(__VA_ARGS__, c, 32);                                                                               \
            c += 32;                                                                                                  \
        } else if (left >= 16) {                                                                                      \
            stripe(__VA_ARGS__, c, 16);                                                                               \
            c += 16;                                                                                                  \
        } else if (left >= 8) {                                                                                       \
            stripe(__VA_ARGS__, c, 8);                                                                                \
            c += 8;                                                                                                   \
        } else if (left >= 4) {                                                                                       \
            stripe(__VA_ARGS__, c, 4);                                                                                \
            c += 4;                                                                                                   \
        } else {                                                                                                      \
            stripe(__VA_ARGS__, c, 1);                                                                                \
            c += 1;                                                                                                   \
        }                                                                                                             \
    }

/* The vectors of a stripe's row that are in use. */
#define EACH_VECTOR(v, width) for (size_t v = 0; v < ((width) == 32 ? 2 : 1); v++)
