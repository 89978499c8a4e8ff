/* How the kernels of batch_norm.h walk a tile: in blocks of rows, a block in stripes of channels, and a stripe row by
   row, so that a stripe's constants and sums stay in registers. A stripe has 32 channels, or what is left of them in
   pieces of 16, 8, 4 and 1; `width` is a constant everywhere.

   The processor's own prefetching follows these jumps from row to row badly. So the next block is fetched in the order
   in which it lies in memory, a stripe's width at every row, while this one is worked on: within a step of ResNet-50
   these kernels became 1.6 times as fast in bf16, 1.2 times in f32. */

/* Rows that are summed in f32 before the sum moves to f64: few enough to keep the error at a few units of the last
   place, enough to make the f64 additions cheap. */
enum { most_block_rows = 64, least_block_rows = 8, block_bytes = 32768 };

/* Wide rows make short blocks: of rows up to 4 KiB, this block and the next one of three tensors fit a second-level
   cache of 256 KiB. Blocks of 128 KiB were up to a quarter slower even where that cache has 2 MiB. */
CVK_INLINE size_t rows_of_block(size_t channels, size_t element_bytes) {
    size_t rows = block_bytes / (channels * element_bytes);
    return rows < least_block_rows ? least_block_rows : rows > most_block_rows ? most_block_rows : rows;
}

/* The first element, counted from the start of a block, that its stripe at channel c fetches: one after another the
   stripes fetch the next block. Behind the tile's last block lies the next tile, or nothing of use. */
CVK_INLINE size_t first_to_fetch(size_t rows, size_t channels, size_t c) { return (channels + c) * rows; }

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
