#include "pixel_edits.h"

#include "clones.h"

/* A fused multiply-add rounds once where Pillow rounds twice, and not every clone has one. */
#pragma STDC FP_CONTRACT OFF

static inline __attribute__((always_inline)) float clamp(float value) {
    value = value < 0 ? 0 : value;
    return value > 255 ? 255 : value;
}

CVK_CLONES void cvk_round_to_bytes(uint8_t *restrict out, const float *restrict in, size_t count) {
    for (size_t i = 0; i < count; i++) out[i] = (uint8_t)(int32_t)clamp(in[i] + 0.5f);
}

static inline __attribute__((always_inline)) uint8_t blend(uint8_t other, uint8_t own, float factor) {
    return (uint8_t)(int32_t)clamp((float)other + factor * (float)((int32_t)own - (int32_t)other));
}

CVK_CLONES void cvk_blend_bytes(uint8_t *restrict bytes, const uint8_t *restrict other, float factor, size_t count) {
    for (size_t i = 0; i < count; i++) bytes[i] = blend(other[i], bytes[i], factor);
}

CVK_CLONES void cvk_blend_gray(uint8_t *pixels, float factor, size_t pixelCount) {
    for (size_t i = 0; i < pixelCount; i++) {
        uint8_t *pixel = pixels + 3 * i;
        uint32_t red = pixel[0], green = pixel[1], blue = pixel[2];
        uint8_t gray = (uint8_t)((red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16);
        pixel[0] = blend(gray, (uint8_t)red, factor);
        pixel[1] = blend(gray, (uint8_t)green, factor);
        pixel[2] = blend(gray, (uint8_t)blue, factor);
    }
}

static inline __attribute__((always_inline)) uint8_t smaller(uint8_t a, uint8_t b) { return a < b ? a : b; }
static inline __attribute__((always_inline)) uint8_t larger(uint8_t a, uint8_t b) { return a > b ? a : b; }

/* The hue and saturation of a pixel that is not gray. Pillow computes some of it in double: where, is part of the definition. */
static inline __attribute__((always_inline)) void hue_and_saturation(uint8_t red, uint8_t green, uint8_t blue,
                                                                     uint8_t most, uint8_t least, uint8_t *hue,
                                                                     uint8_t *saturation) {
    float range = (float)(most - least);
    float r = (float)(most - red) / range, g = (float)(most - green) / range, b = (float)(most - blue) / range;
    float sixths = red == most ? b - g : green == most ? (float)(2.0 + r - b) : (float)(4.0 + g - r);
    double turn = sixths / 6.0 + 1.0;
    float h = (float)(turn - (double)(int32_t)turn);
    *hue = (uint8_t)(int32_t)(h * 255.0);
    *saturation = (uint8_t)(int32_t)(range / (float)most * 255.0);
}

CVK_CLONES void cvk_shift_hue(uint8_t *pixels, uint8_t shift, size_t pixelCount) {
    /* In which sixth of the circle a hue is, and how far in it. */
    uint8_t sixths[256];
    float rests[256];
    for (int hue = 0; hue < 256; hue++) {
        int sixth = (int)((float)hue * 6.0 / 255.0);
        sixths[hue] = (uint8_t)(sixth % 6);
        rests[hue] = (float)((float)hue * 6.0 / 255.0 - (float)sixth);
    }
    for (size_t i = 0; i < pixelCount; i++) {
        uint8_t *pixel = pixels + 3 * i;
        uint8_t most = larger(pixel[0], larger(pixel[1], pixel[2]));
        uint8_t least = smaller(pixel[0], smaller(pixel[1], pixel[2]));
        if (most == least) continue;
        uint8_t hue, saturation;
        hue_and_saturation(pixel[0], pixel[1], pixel[2], most, least, &hue, &saturation);
        hue = (uint8_t)(hue + shift);
        if (saturation == 0) {
            pixel[0] = pixel[1] = pixel[2] = most;
            continue;
        }
        float rest = rests[hue], strength = (float)((float)saturation / 255.0), value = (float)most;
        uint8_t low = (uint8_t)(int32_t)(value * (1.0 - strength) + 0.5);
        uint8_t falling = (uint8_t)(int32_t)(value * (1.0 - strength * rest) + 0.5);
        uint8_t rising = (uint8_t)(int32_t)(value * (1.0 - strength * (1.0 - rest)) + 0.5);
        switch (sixths[hue]) {
            case 0: pixel[0] = most, pixel[1] = rising, pixel[2] = low; break;
            case 1: pixel[0] = falling, pixel[1] = most, pixel[2] = low; break;
            case 2: pixel[0] = low, pixel[1] = most, pixel[2] = rising; break;
            case 3: pixel[0] = low, pixel[1] = falling, pixel[2] = most; break;
            case 4: pixel[0] = rising, pixel[1] = low, pixel[2] = most; break;
            default: pixel[0] = most, pixel[1] = low, pixel[2] = falling; break;
        }
    }
}
