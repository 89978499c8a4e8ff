#ifndef CVK_PIXEL_EDITS_H
#define CVK_PIXEL_EDITS_H

#include <stddef.h>
#include <stdint.h>

/* Changes of u8 pixels, red first, three bytes each. They are here because Swift checks every conversion of a float to an
   integer, which keeps a loop from being vectorised. Results are Pillow's, and every machine's, bit by bit. Arrays must not
   overlap. */

/* out[i] = in[i] rounded to the nearest integer, halves up, and kept in 0...255; for i in 0..<count. */
void cvk_round_to_bytes(uint8_t *out, const float *in, size_t count);

/* bytes[i] = other[i] + factor * (bytes[i] - other[i]), kept in 0...255 and cut off after the point; for i in 0..<count. */
void cvk_blend_bytes(uint8_t *bytes, const uint8_t *other, float factor, size_t count);

/* The same with each pixel's gray in place of other: (19595 red + 38470 green + 7471 blue + 32768) / 65536, whole part. */
void cvk_blend_gray(uint8_t *pixels, float factor, size_t pixelCount);

/* Adds `shift`, modulo 256, to the hue of each pixel, which is 0 to 255 for the circle; by way of Pillow's HSV. */
void cvk_shift_hue(uint8_t *pixels, uint8_t shift, size_t pixelCount);

#endif
