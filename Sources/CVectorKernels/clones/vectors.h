/* Vectors of 16 lanes, which the compiler splits as the instruction set wants, and their loads and stores. `lanes` is a
   constant at every call; lanes beyond it are 0 when loaded, and not stored.

   All of it is inlined, so that no vector is ever passed by an ABI that depends on the instruction set. */

#pragma clang diagnostic ignored "-Wpsabi"

#define CVK_INLINE static inline __attribute__((always_inline))

enum { vector_lanes = 16 };
typedef float f32x16 __attribute__((ext_vector_type(16)));
typedef double f64x16 __attribute__((ext_vector_type(16)));
typedef int32_t i32x16 __attribute__((ext_vector_type(16)));
typedef uint32_t u32x16 __attribute__((ext_vector_type(16)));
typedef uint16_t u16x16 __attribute__((ext_vector_type(16)));

/* Bytes. */
enum { cache_line = 64, page = 4096 };

CVK_INLINE f32x16 load_f32(const float *from, size_t lanes) {
    f32x16 vector = 0;
    memcpy(&vector, from, lanes * sizeof *from);
    return vector;
}

CVK_INLINE void store_f32(float *to, f32x16 vector, size_t lanes) { memcpy(to, &vector, lanes * sizeof *to); }

/* As cvk_f32_from_bf16. */
CVK_INLINE f32x16 load_bf16(const cvk_bf16 *from, size_t lanes) {
    u16x16 halves = 0;
    memcpy(&halves, from, lanes * sizeof *from);
    return (f32x16)(__builtin_convertvector(halves, u32x16) << 16);
}

/* As cvk_bf16_from_f32 in the upper half of each lane, the lower half being undefined; but a NaN must have an empty
   lower half, as one that comes from bf16 or from with_plain_nans has. */
CVK_INLINE u32x16 rounded_to_bf16(f32x16 vector) {
    u32x16 bits = (u32x16)vector;
    return bits + 0x7fffu + ((bits >> 16) & 1u);
}

CVK_INLINE void store_bf16(cvk_bf16 *to, f32x16 vector, size_t lanes) {
    u16x16 halves = __builtin_convertvector(rounded_to_bf16(vector) >> 16, u16x16);
    memcpy(to, &halves, lanes * sizeof *to);
}

/* sum[i] += vector[i] */
CVK_INLINE void add_to_f64(double *sum, f32x16 vector, size_t lanes) {
    f64x16 total = 0;
    memcpy(&total, sum, lanes * sizeof *sum);
    total += __builtin_convertvector(vector, f64x16);
    memcpy(sum, &total, lanes * sizeof *sum);
}

/* vector where the mask is all ones, and 0 where it is 0. */
CVK_INLINE f32x16 where(i32x16 mask, f32x16 vector) { return (f32x16)(mask & (i32x16)vector); }

CVK_INLINE f32x16 with_plain_nans(f32x16 vector) {
    i32x16 is_nan = vector != vector;
    return (f32x16)((is_nan & 0x7fc00000) | (~is_nan & (i32x16)vector));
}

/* max(vector, 0); NaN stays NaN. */
CVK_INLINE f32x16 rectified(f32x16 vector) { return where(~(vector < 0), vector); }

#define EVEN_LANES 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
#define ODD_LANES 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31
#define FIRST_LANES_INTERLEAVED 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define LAST_LANES_INTERLEAVED 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31

/* 32 consecutive channels. Those of f32 lie in two vectors, one after the other. Those of bf16 lie with the even
   channels in the first vector and the odd ones in the second: a 32-bit lane in memory holds one of each, and no lane
   has to move to widen or narrow it, which doubled the speed. */
struct pair {
    f32x16 of[2];
};

CVK_INLINE struct pair load_pair_f32(const float *from) {
    return (struct pair){{load_f32(from, 16), load_f32(from + 16, 16)}};
}

CVK_INLINE void store_pair_f32(float *to, struct pair pair) {
    store_f32(to, pair.of[0], 16);
    store_f32(to + 16, pair.of[1], 16);
}

CVK_INLINE struct pair load_pair_bf16(const cvk_bf16 *from) {
    u32x16 both;
    memcpy(&both, from, sizeof both);
    return (struct pair){{(f32x16)(both << 16), (f32x16)(both & 0xffff0000u)}};
}

CVK_INLINE void store_pair_bf16(cvk_bf16 *to, struct pair pair) {
    u32x16 both = (rounded_to_bf16(pair.of[0]) >> 16) | (rounded_to_bf16(pair.of[1]) & 0xffff0000u);
    memcpy(to, &both, sizeof both);
}

/* A pair from the order of f32 into that of the element type, and back. */
CVK_INLINE struct pair from_f32_order_f32(struct pair pair) { return pair; }
CVK_INLINE struct pair to_f32_order_f32(struct pair pair) { return pair; }

CVK_INLINE struct pair from_f32_order_bf16(struct pair pair) {
    return (struct pair){{__builtin_shufflevector(pair.of[0], pair.of[1], EVEN_LANES),
                          __builtin_shufflevector(pair.of[0], pair.of[1], ODD_LANES)}};
}

CVK_INLINE struct pair to_f32_order_bf16(struct pair pair) {
    return (struct pair){{__builtin_shufflevector(pair.of[0], pair.of[1], FIRST_LANES_INTERLEAVED),
                          __builtin_shufflevector(pair.of[0], pair.of[1], LAST_LANES_INTERLEAVED)}};
}
