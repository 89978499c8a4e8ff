#ifndef CVK_BF16_H
#define CVK_BF16_H

#include <stdint.h>
#include <string.h>

/* A bfloat16 is the upper half of an f32: sign, 8 bits of exponent, 7 bits of fraction. */
typedef uint16_t cvk_bf16;

/* Exact. */
static inline float cvk_f32_from_bf16(cvk_bf16 value) {
    uint32_t bits = (uint32_t)value << 16;
    float result;
    memcpy(&result, &bits, sizeof result);
    return result;
}

/* Rounds to nearest, ties to even; what is too large becomes infinity, and a NaN stays a NaN (quiet, same sign): adding
   half a unit could carry a NaN's fraction over into the sign. */
static inline cvk_bf16 cvk_bf16_from_f32(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
    uint32_t quiet = (bits >> 16) | 0x40u;
    return (cvk_bf16)((bits & 0x7fffffffu) > 0x7f800000u ? quiet : rounded);
}

#endif
